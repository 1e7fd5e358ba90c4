/** `scim2-tester` from PyPI: discovery, CRUD and PATCH of every attribute of every resource type, judged by the RFCs. */
import { join } from 'node:path';
import { z } from 'zod';
import { type Judge, notJudged, type Target, type Verdict } from '../judge.ts';
import { lastLine, runProgram } from '../program.ts';
import { pythonEnvironment } from './environment.ts';
import { verdictOf } from './results.ts';

const DRIVER = join(import.meta.dirname, 'run_scim2_tester.py');

const resultsSchema = z.array(
  z.object({
    status: z.string(),
    check: z.string(),
    reason: z.string(),
    resourceType: z.string().nullable(),
    data: z.string().nullable(),
  }),
);

const run = async ({ scimBaseUrl, scimToken }: Target): Promise<Verdict> => {
  const python = await pythonEnvironment();
  if ('missing' in python) return notJudged(python.missing);
  const env = { SCIM_URL: scimBaseUrl, SCIM_TOKEN: scimToken };
  const ended = await runProgram([join(python.bin, 'python'), DRIVER], { env });
  if (ended.code !== 0) throw new Error(`scim2-tester broke down: ${lastLine(ended)}`);
  return verdictOf(resultsSchema.parse(JSON.parse(ended.stdout)));
};

export const scim2Tester: Judge = { name: 'scim2-tester', profile: 'empty, strict', run };
