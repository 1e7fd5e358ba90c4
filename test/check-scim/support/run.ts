/** Runs checks in this process, fast and quiet. */
import { readAddress } from '../../../src/check-scim/address.ts';
import { chooseChecks } from '../../../src/check-scim/catalogue.ts';
import type { Profile } from '../../../src/check-scim/check.ts';
import { type Outcome, type RunOptions, runChecks } from '../../../src/check-scim/run.ts';
import type { Verdict } from '../../../src/check-scim/verdict.ts';

export interface RunWish extends Partial<RunOptions> {
  readonly url: string;
  readonly token: string;
  readonly profile?: Profile | 'all';
  readonly only?: readonly string[];
}

export const run = ({ url, token, profile = 'all', only = [], ...more }: RunWish): Promise<Outcome> => {
  const address = readAddress(url);
  if (address === undefined) throw new Error(`no address: ${url}`);
  return runChecks(chooseChecks(profile, only), {
    address,
    headers: { authorization: `Bearer ${token}` },
    timeoutMs: 5_000,
    perSecond: 2_000,
    strict: false,
    keep: false,
    signal: new AbortController().signal,
    onStart: () => undefined,
    onVerdict: () => undefined,
    ...more,
  });
};

export const failedIn = ({ verdicts }: Outcome): readonly Verdict[] =>
  verdicts.filter(({ outcome }) => outcome === 'failed');
