/** `scim2 test` of scim2-cli from PyPI: its client discovers the server, then scim2-tester judges it through that client. */
import { join } from 'node:path';
import { type Judge, notJudged, type Target, type Verdict } from '../judge.ts';
import { lastLine, runProgram } from '../program.ts';
import { pythonEnvironment } from './environment.ts';
import { type CheckResult, verdictOf } from './results.ts';

const HEADING = /^(SUCCESS|COMPLIANT|ACCEPTABLE|DEVIATION|ERROR|CRITICAL|SKIPPED) (\w+)$/;

/** Says which types there are, in the order in which they are judged. */
const TYPES = 'query_all_resource_types';
/** The first check of each resource type. */
const FIRST = 'object_creation';

/** Names the resource type of each check, which only the order of the lines tells. */
const withResourceTypes = (results: readonly CheckResult[]): readonly CheckResult[] => {
  const types = results.find(({ check }) => check === TYPES)?.reason.matchAll(/'([^']+)'/g) ?? [];
  const names = [...types].map(([, name]) => name);
  let at = -1;
  return results.map((result) => {
    if (result.check === FIRST) at += 1;
    const resourceType = names[at];
    return resourceType === undefined ? result : { ...result, resourceType };
  });
};

/** Reads what `scim2 test` prints: a line with status and check, then the reason, in one line or more. */
export const readResults = (printed: string): readonly CheckResult[] => {
  const results: { status: string; check: string; lines: string[] }[] = [];
  for (const line of printed.trimEnd().split('\n')) {
    const [, status, check] = HEADING.exec(line) ?? [];
    if (status !== undefined && check !== undefined) results.push({ status, check, lines: [] });
    else results.at(-1)?.lines.push(line);
  }
  return withResourceTypes(
    results.map(({ status, check, lines }) => ({ status, check, reason: lines.join('\n').trim() })),
  );
};

const run = async ({ scimBaseUrl, scimToken }: Target): Promise<Verdict> => {
  const python = await pythonEnvironment();
  if ('missing' in python) return notJudged(python.missing);
  const env = { SCIM_CLI_URL: scimBaseUrl, SCIM_CLI_HEADERS: `Authorization: Bearer ${scimToken}` };
  const ended = await runProgram([join(python.bin, 'scim2'), 'test'], { env });
  const results = readResults(ended.stdout);
  // It ends with 1 when a check fails, and also when it could not begin.
  if (results.length === 0) throw new Error(`scim2-cli broke down: ${lastLine(ended)}`);
  return verdictOf(results);
};

export const scim2Cli: Judge = { name: 'scim2-cli test', profile: 'empty, strict', run };
