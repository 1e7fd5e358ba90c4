/**
 * `npm run conformance`: other people's suites against a freshly started sandbox, one table, exit 1 on any failure.
 * `--shared DIR` says where the suites that are data lie; `--scim-base-url URL --scim-token T` judges a server that
 * runs already instead. A judge that cannot run here is said to be skipped, never passed.
 */
import { parseArgs } from 'node:util';
import { brokenJudge, type Judge, type Target, type Verdict } from './conformance/judge.ts';
import { oktaSpec } from './conformance/okta-spec.ts';
import { startSandbox } from './conformance/sandbox.ts';

const JUDGES: readonly Judge[] = [oktaSpec];

type Judged = readonly [name: string, verdict: Verdict];

const readOptions = () =>
  parseArgs({
    options: {
      shared: { type: 'string', default: process.env['CONFORMANCE_SHARED'] ?? '../shared' },
      'scim-base-url': { type: 'string' },
      'scim-token': { type: 'string' },
    },
  }).values;

const judgeAll = async (target: Target): Promise<Judged[]> => {
  const judged: Judged[] = [];
  for (const { name, run } of JUDGES) judged.push([name, await run(target).catch(brokenJudge)]);
  return judged;
};

const judgeSandbox = async (sharedDir: string): Promise<Judged[]> => {
  const { ready, stop } = await startSandbox();
  let judged: Judged[] = [];
  let gently = false;
  try {
    judged = await judgeAll({ scimBaseUrl: ready.scimBaseUrl, scimToken: ready.scimToken, sharedDir });
  } finally {
    gently = await stop();
  }
  if (gently) return judged;
  return [...judged, ['stop on SIGTERM', brokenJudge('the sandbox had to be killed')]];
};

const printTable = (judged: readonly Judged[]): void => {
  const width = Math.max(...judged.map(([name]) => name.length), 'judge'.length);
  const row = (name: string, ...cells: readonly (number | string)[]): string =>
    [name.padEnd(width), ...cells.slice(0, 3).map((cell) => String(cell).padStart(7)), cells[3]].join('  ');
  for (const [name, { failures }] of judged) {
    for (const failure of failures) console.log(`FAILED ${name}: ${failure}\n`);
  }
  console.log(row('judge', 'passed', 'failed', 'skipped', 'note'));
  for (const [name, { passed, failed, skipped, note }] of judged) {
    console.log(row(name, passed, failed, skipped, note));
  }
};

const main = async (): Promise<number> => {
  const options = readOptions();
  const { shared: sharedDir, 'scim-base-url': url, 'scim-token': scimToken = '' } = options;
  const scimBaseUrl = url?.replace(/\/+$/, '');
  const judged = await (scimBaseUrl === undefined
    ? judgeSandbox(sharedDir)
    : judgeAll({ scimBaseUrl, scimToken, sharedDir }));
  printTable(judged);
  return judged.some(([, { failed }]) => failed > 0) ? 1 : 0;
};

process.exitCode = await main().catch((error: unknown) => {
  console.error(`conformance: ${error instanceof Error ? error.message : String(error)}`);
  return 1;
});
