/** Our own validator as a judge, with all its profiles, as an admin runs it (docs/check-scim.md). */
import { z } from 'zod';
import type { Judge, Target, Verdict } from './judge.ts';
import { lastLine, runProgram } from './program.ts';

const CLI = [process.execPath, '--import', 'tsx', 'src/cli.ts', 'check-scim'];

const reportSchema = z.looseObject({
  checks: z.array(
    z.looseObject({ id: z.string(), title: z.string(), outcome: z.enum(['passed', 'failed', 'skipped']) }),
  ),
});

/** More than a provider sends, so that the run takes seconds. */
const REQUESTS_A_SECOND = '200';

const run = async (flags: readonly string[], { scimBaseUrl, scimToken }: Target): Promise<Verdict> => {
  const ended = await runProgram([...CLI, scimBaseUrl, '--json', '--rps', REQUESTS_A_SECOND, ...flags], {
    env: { SCIM_TOKEN: scimToken },
  });
  const line = ended.stdout.split('\n').find((candidate) => candidate.startsWith('{'));
  if (line === undefined) throw new Error(`check-scim broke down: ${lastLine(ended)}`);
  const { checks } = reportSchema.parse(JSON.parse(line));
  const count = (wanted: string): number => checks.filter(({ outcome }) => outcome === wanted).length;
  return {
    passed: count('passed'),
    failed: count('failed'),
    skipped: count('skipped'),
    note: 'checks of all profiles',
    failures: checks.flatMap(({ id, title, outcome }) => (outcome === 'failed' ? [`${id}: ${title}`] : [])),
  };
};

/** What a tolerant connection promises known clients. */
export const checkScim: Judge = {
  name: 'check-scim',
  profile: 'empty, tolerant',
  run: (target) => run([], target),
};

/** What a strict connection refuses. */
export const checkScimStrict: Judge = {
  name: 'check-scim --strict',
  profile: 'empty, strict',
  run: (target) => run(['--strict'], target),
};
