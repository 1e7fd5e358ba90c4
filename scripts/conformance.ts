/**
 * `npm run conformance`: other people's suites, our validator and the recorded requests, against freshly started servers, one table, exit 1 when a judge that is
 * required finds a failure. `--shared DIR` says where the suites that are data lie; `--judge TEXT` runs only judges with
 * that in their name; `--scim-base-url URL --scim-token T` judges a server that runs already instead. A judge that cannot
 * run here is said to be skipped, never passed.
 */
import { parseArgs } from 'node:util';
import { checkScim, checkScimStrict } from './conformance/check-scim.ts';
import { type Address, brokenJudge, type Judge } from './conformance/judge.ts';
import { microsoft } from './conformance/microsoft/microsoft.ts';
import { oktaSpec } from './conformance/okta-spec.ts';
import { scim2Cli } from './conformance/python/scim2-cli.ts';
import { scim2Tester } from './conformance/python/scim2-tester.ts';
import { recorded } from './conformance/recorded.ts';
import { failsRun, type Judged, printReport } from './conformance/report.ts';
import { rfcSuite } from './conformance/rfc-suite/rfc-suite.ts';
import { createServers, type Servers } from './conformance/servers.ts';

type Row = Judge & Pick<Judged, 'required'>;

/** Every judge, and whether what it finds fails the run. One that needs an empty directory comes first of its profile. */
const JUDGES: readonly Row[] = [
  { ...oktaSpec, required: true },
  { ...microsoft, required: true },
  { ...rfcSuite, required: false },
  { ...scim2Tester, required: true },
  { ...scim2Cli, required: true },
  { ...checkScim, required: true },
  { ...checkScimStrict, required: true },
  { ...recorded, required: true },
];

const readOptions = () =>
  parseArgs({
    options: {
      shared: { type: 'string', default: process.env['CONFORMANCE_SHARED'] ?? '../shared' },
      judge: { type: 'string', default: '' },
      'scim-base-url': { type: 'string' },
      'scim-token': { type: 'string' },
    },
  }).values;

type Options = ReturnType<typeof readOptions>;

const givenServer = (options: Options): Address | undefined => {
  const { 'scim-base-url': url, 'scim-token': scimToken = '' } = options;
  return url === undefined ? undefined : { scimBaseUrl: url.replace(/\/+$/, ''), scimToken };
};

const judgeOne = async ({ name, required, profile, run }: Row, servers: Servers, sharedDir: string) => {
  const judging = servers.get(profile).then((address) => run({ ...address, sharedDir }));
  return { name, required, verdict: await judging.catch(brokenJudge) } satisfies Judged;
};

const judgeAll = async (rows: readonly Row[], options: Options): Promise<Judged[]> => {
  const servers = createServers(givenServer(options));
  const judged: Judged[] = [];
  let killed: readonly string[] = [];
  try {
    for (const row of rows) judged.push(await judgeOne(row, servers, options.shared));
  } finally {
    killed = await servers.stop();
  }
  return [
    ...judged,
    ...killed.map((profile) => ({
      name: 'stop on SIGTERM',
      required: true,
      verdict: brokenJudge(`the server "${profile}" had to be killed`),
    })),
  ];
};

const main = async (): Promise<number> => {
  const options = readOptions();
  const rows = JUDGES.filter(({ name }) => name.toLowerCase().includes(options.judge.toLowerCase()));
  if (rows.length === 0) throw new Error(`no judge has "${options.judge}" in its name`);
  const judged = await judgeAll(rows, options);
  printReport(judged);
  return judged.some(failsRun) ? 1 : 0;
};

process.exitCode = await main().catch((error: unknown) => {
  console.error(`conformance: ${error instanceof Error ? error.message : String(error)}`);
  return 1;
});
