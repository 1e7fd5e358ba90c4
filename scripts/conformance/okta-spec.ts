/**
 * Okta's published SCIM 2.0 specification test, interpreted from its Runscope export. It counts 53 assertions: the 52
 * that the export lists and the one that the script of "Verify Groups endpoint" makes.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Judge, notJudged, type Target, type Verdict } from './judge.ts';
import { runSuite } from './runscope/run.ts';
import { readSuite } from './runscope/suite.ts';
import { createVariables } from './runscope/variables.ts';

const FILE = 'conformance/okta/Okta-SCIM-20-SPEC-Test.json';

/** The variables that Okta's instructions ask to set up: fixed ones as printed there, random ones fresh for each run. */
const oktaVariables = ({ scimBaseUrl, scimToken }: Target): Record<string, string> => {
  const unique = randomBytes(5).toString('hex');
  const username = `runscope.${unique}@atko.example`;
  return {
    SCIMBaseURL: scimBaseUrl,
    auth: `Bearer ${scimToken}`,
    InvalidUserEmail: 'abcdefgh@atko.example',
    UserIdThatDoesNotExist: '010101001010101011001010101011',
    randomEmail: username,
    randomUsername: username,
    randomUsernameCaps: username.toUpperCase(),
    randomGivenName: `Given${unique}`,
    randomFamilyName: `Family${unique}`,
  };
};

const run = async (target: Target): Promise<Verdict> => {
  const file = join(target.sharedDir, FILE);
  if (!existsSync(file)) return notJudged(`no file ${file}; name its folder with --shared DIR`);
  const suite = readSuite(readFileSync(file, 'utf8'));
  const result = await runSuite(suite, createVariables(oktaVariables(target)));
  const { passed, failed, skipped, failures, requests, pauses, scripted } = result;
  const note = `assertions of ${requests} requests, ${scripted} of them by script; ${pauses} pauses left out`;
  return { passed, failed, skipped, note, failures };
};

export const oktaSpec: Judge = { name: 'Okta SCIM 2.0 SPEC', profile: 'sandbox', run };
