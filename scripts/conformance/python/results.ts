/** Results of scim2-tester, whichever program ran it, as a verdict; and what it asks that no RFC asks. */
import type { Verdict } from '../judge.ts';

/** One result, by the names that scim2-tester uses. */
export interface CheckResult {
  readonly status: string;
  readonly check: string;
  readonly reason: string;
  readonly resourceType?: string | null;
  readonly data?: string | null;
}

interface Neutralisation {
  readonly what: string;
  readonly why: string;
  readonly covers: (result: CheckResult) => boolean;
}

const PASSED = ['SUCCESS', 'COMPLIANT', 'ACCEPTABLE'];
const FAILED = ['ERROR', 'CRITICAL'];

const CONTAINER =
  /'urn:ietf:params:scim:schemas:extension:mode:2\.0:(User|Group)': .*cannot be changed as a whole/;
const MEMBERS =
  /^Attribute 'members' was not (?:added|replaced)[^\n]*\nPatched value: (.*)\nReturned value: (.*)$/;

/** Whether members came back as sent but for `display`. */
const onlyDisplayAdded = (reason: string): boolean => {
  const [, sent = '', returned = ''] = MEMBERS.exec(reason) ?? [];
  return sent !== '' && returned.replace(/display='[^']*'/g, 'display=None') === sent;
};

/** What is expected against the RFCs; each is left out of the count, with its reason said. */
const NEUTRALISED: readonly Neutralisation[] = [
  {
    what: 'creating roles and entitlements',
    why: 'Mode offers no way to, so these resource types are read-only and POST answers 405 (RFC 7644 §3.2)',
    covers: ({ resourceType, reason }) =>
      /^(Role|Entitlement)$/.test(resourceType ?? '') &&
      reason === 'POST is not possible here; possible: GET.',
  },
  {
    what: 'PATCH of the whole Mode extension',
    why: 'every attribute in it is readOnly, so 400 mutability is right (RFC 7644 §3.5.2)',
    covers: ({ check, reason }) =>
      /^check_(add|replace|remove)_attribute$/.test(check) && CONTAINER.test(reason),
  },
  {
    what: 'members read back exactly as sent',
    why: 'a server may add a readOnly sub-attribute, here "display" (RFC 7643 §2.2, §2.4)',
    covers: ({ check, reason }) => /^check_(add|replace)_attribute$/.test(check) && onlyDisplayAdded(reason),
  },
  {
    what: 'active gone after it was removed from somebody inactive',
    why: 'that somebody is out must be seen whatever a client removes (idp-clients.md T076); the judge makes people inactive by chance',
    covers: ({ check, reason }) =>
      check === 'check_remove_attribute' && /did not remove attribute 'active'/.test(reason),
  },
];

const describe = ({ status, check, reason, resourceType, data }: CheckResult): string =>
  [`${check}${resourceType ? ` (${resourceType})` : ''}: ${status}`, reason, data]
    .filter(Boolean)
    .join('\n  ');

/** Counts the results. Those that are neutralised or that judge a SHOULD count as skipped, never as passed. */
export const verdictOf = (results: readonly CheckResult[]): Verdict => {
  const failing = results.filter(({ status }) => FAILED.includes(status));
  const covered = NEUTRALISED.map((row) => ({ ...row, count: failing.filter(row.covers).length }));
  const failures = failing.filter((result) => !NEUTRALISED.some(({ covers }) => covers(result)));
  const passed = results.filter(({ status }) => PASSED.includes(status)).length;
  const deviations = results.filter(({ status }) => status === 'DEVIATION').length;
  if (results.length === 0) throw new Error('the judge printed no result');
  return {
    passed,
    failed: failures.length,
    skipped: results.length - passed - failures.length,
    note: `checks${deviations > 0 ? `; ${deviations} deviate from a SHOULD` : ''}`,
    failures: failures.map(describe),
    neutralised: covered
      .filter(({ count }) => count > 0)
      .map(({ what, why, count }) => `${what} (${count} checks): ${why}`),
  };
};
