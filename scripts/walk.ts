/**
 * `npm run walk`: takes the walk of scripts/walk/steps.ts against a fresh sandbox and compares what was said with
 * docs/walk.md; `--write` writes that page anew. Ids and tokens are shown under their names, so that two walks read alike.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { startSandbox } from './conformance/sandbox.ts';
import { type Answer, type ModeStep, type Names, type ScimStep, STEPS, type Truth } from './walk/steps.ts';

const PAGE = 'docs/walk.md';
const HEAD = `# A walk: one person's life, from SCIM to Mode and back

A transcript of \`npm run walk\`, which runs these requests against a fresh sandbox and fails when an answer, or what the
emulated Mode holds, differs. Made by \`npm run walk -- --write\`; do not edit.
`;
/** The bridge hears of a joiner by webhook, a moment later. */
const SOON_MS = 5_000;

interface Target {
  readonly scim: string;
  readonly token: string;
  readonly mode: string;
}

class Unexpected extends Error {}

const fill = (text: string, names: Names): string =>
  text.replace(/\{([A-Z]+)\}/g, (whole, name: string) => names.get(name) ?? whole);

const unfill = (text: string, names: Names): string => {
  let shown = text;
  for (const [name, id] of names) shown = shown.replaceAll(id, `{${name}}`);
  return shown;
};

const ask = async (target: Target, step: ScimStep, names: Names): Promise<Answer> => {
  const headers = { authorization: `Bearer ${target.token}`, 'content-type': 'application/scim+json' };
  const body = step.body === undefined ? {} : { body: fill(JSON.stringify(step.body), names) };
  const response = await fetch(target.scim + fill(step.path, names), {
    method: step.method,
    headers,
    ...body,
  });
  const text = await response.text();
  const answer = { status: response.status, body: text === '' ? {} : (JSON.parse(text) as Answer['body']) };
  if (answer.status === step.status) return answer;
  throw new Unexpected(
    `${step.says}\n${step.method} ${step.path} answered ${answer.status}, not ${step.status}: ${text}`,
  );
};

const scimLines = async (target: Target, step: ScimStep, names: Names): Promise<readonly string[]> => {
  const { status, body } = await ask(target, step, names);
  if (step.idAs !== undefined) names.set(step.idAs, String(body['id']));
  const sent = step.body === undefined ? [] : [JSON.stringify(step.body)];
  const shown = (step.shows ?? []).map(
    (name) => `  ${name}: ${body[name] === undefined ? '(absent)' : JSON.stringify(body[name])}`,
  );
  const lines = [`${step.method} ${decodeURIComponent(step.path)}`, ...sent, `→ ${status}`, ...shown];
  return lines.map((line) => unfill(line, names).replaceAll(target.scim, ''));
};

const truthOf = async (target: Target): Promise<Truth> =>
  (await (await fetch(`${target.mode}/_control/state`)).json()) as Truth;

const modeLines = async (target: Target, step: ModeStep): Promise<readonly string[]> => {
  const lines: string[] = [];
  if (step.act) {
    const body = JSON.stringify(step.act.body);
    const headers = { 'content-type': 'application/json' };
    await fetch(target.mode + step.act.path, { method: 'POST', headers, body });
    lines.push(`(Mode) POST ${step.act.path} ${body}`);
  }
  const until = Date.now() + SOON_MS;
  let held = step.holds(await truthOf(target));
  while (!isDeepStrictEqual(held, step.expected) && Date.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    held = step.holds(await truthOf(target));
  }
  if (!isDeepStrictEqual(held, step.expected)) {
    throw new Unexpected(
      `${step.says}\nMode holds ${JSON.stringify(held)}, not ${JSON.stringify(step.expected)}`,
    );
  }
  return [...lines, `(Mode) holds: ${JSON.stringify(held)}`];
};

const take = async (target: Target): Promise<string> => {
  const names: Names = new Map();
  const parts: string[] = [HEAD];
  for (const [index, step] of STEPS.entries()) {
    const lines = step.kind === 'scim' ? await scimLines(target, step, names) : await modeLines(target, step);
    parts.push(
      `${index + 1}. ${step.says}\n\n   \`\`\`\n${lines.map((line) => `   ${line}`).join('\n')}\n   \`\`\`\n`,
    );
  }
  return parts.join('\n');
};

const compare = (transcript: string): boolean => {
  const recorded = readFileSync(PAGE, 'utf8');
  if (recorded === transcript) return true;
  const old = recorded.split('\n');
  const at = transcript.split('\n').findIndex((line, index) => line !== old[index]);
  process.stdout.write(
    `The walk differs from ${PAGE} at line ${at + 1}:\n- ${old[at]}\n+ ${transcript.split('\n')[at]}\n`,
  );
  return false;
};

const walk = async (): Promise<boolean> => {
  const sandbox = await startSandbox();
  try {
    const { scimBaseUrl: scim, scimToken: token, modeUrl: mode } = sandbox.ready;
    const transcript = await take({ scim, token, mode });
    if (process.argv.includes('--write')) writeFileSync(PAGE, transcript);
    else if (!compare(transcript)) return false;
    process.stdout.write(`The walk: all ${STEPS.length} steps as expected.\n`);
    return true;
  } catch (error) {
    if (!(error instanceof Unexpected)) throw error;
    process.stdout.write(`${error.message}\n`);
    return false;
  } finally {
    await sandbox.stop();
  }
};

process.exitCode = (await walk()) ? 0 : 1;
