/** The outcome of a run: as lines for people, and as JSON for programs. */
import { type Check, PROFILES, type Profile } from './check.ts';
import type { Outcome } from './run.ts';
import type { Sent, Verdict } from './verdict.ts';

export interface ReportHead {
  readonly url: string;
  readonly strict: boolean;
  readonly profile: Profile | 'all';
}

type Row = readonly string[];

const isBad = ({ outcome, level }: Verdict): boolean => outcome === 'failed' && level !== 'should';

/** Whether the run must end with 1: a check failed that is more than a recommendation, or not everything was tried. */
export const hasFailed = ({ verdicts, interrupted }: Outcome): boolean => interrupted || verdicts.some(isBad);

const tally = (profile: string, verdicts: readonly Verdict[]): Row => {
  const count = (outcome: Verdict['outcome']) =>
    verdicts.filter((verdict) => verdict.outcome === outcome).length;
  const bad = verdicts.filter(isBad).length;
  const counts = [count('passed'), bad, count('failed') - bad, count('skipped'), verdicts.length];
  return [profile, ...counts.map(String)];
};

const table = (rows: readonly Row[]): readonly string[] => {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  '),
  );
};

const inProfile = (verdicts: readonly Verdict[], profile: Profile): readonly Verdict[] =>
  verdicts.filter(({ profiles }) => profiles.includes(profile));

const shownProfiles = (head: ReportHead, verdicts: readonly Verdict[]): readonly Profile[] =>
  (head.profile === 'all' ? PROFILES : [head.profile]).filter(
    (profile) => inProfile(verdicts, profile).length > 0,
  );

const counts = (head: ReportHead, verdicts: readonly Verdict[]): readonly string[] => {
  const headings = ['PROFILE', 'PASSED', 'FAILED', 'ADVICE', 'SKIPPED', 'CHECKS'];
  const rows = shownProfiles(head, verdicts).map((profile) => tally(profile, inProfile(verdicts, profile)));
  return table([headings, ...rows, tally('each check once', verdicts)]);
};

const LEVELS: Readonly<Record<Check['level'], string>> = {
  must: 'the standard demands it',
  client: 'a real identity provider needs it',
  should: 'advice: recommended, no failure',
};

const headersOf = ({ headers = {} }: Sent): readonly string[] =>
  Object.entries(headers).map(
    ([name, value]) => `             ${value === null ? `(no ${name})` : `${name}: ${value}`}`,
  );

const sentLines = (sent: Sent | null): readonly string[] => {
  if (sent === null) return [];
  const body = sent.body === undefined ? [] : [`             ${sent.body}`];
  return [`  sent       ${sent.method} ${sent.path}`, ...headersOf(sent), ...body];
};

const failureLines = ({ id, title, source, level, remedy, failure }: Verdict): readonly string[] =>
  failure === null
    ? []
    : [
        '',
        `${level === 'should' ? 'ADVICE' : 'FAILED'} ${id}: ${title}`,
        ...sentLines(failure.sent),
        `  expected   ${failure.expected}`,
        `  because    ${source} (${source.startsWith('strict') ? 'asked for by --strict' : LEVELS[level]})`,
        `  got        ${failure.got}`,
        `  answer     ${failure.answer}`,
        `  remedy     ${remedy}`,
      ];

const skippedLines = (verdicts: readonly Verdict[]): readonly string[] => {
  const reasons = new Map<string, string[]>();
  for (const { id, outcome, reason } of verdicts) {
    if (outcome !== 'skipped') continue;
    const ids = reasons.get(reason ?? '') ?? [];
    reasons.set(reason ?? '', [...ids, id]);
  }
  if (reasons.size === 0) return [];
  return ['', 'Skipped:', ...[...reasons].map(([reason, ids]) => `  ${reason}: ${ids.join(', ')}`)];
};

const leftLines = ({ left, prefix }: Outcome): readonly string[] =>
  left.length === 0
    ? []
    : ['', `Not deleted (look for names with ${prefix}):`, ...left.map((path) => `  ${path}`)];

/** Everything a person wants to know, failures first that count. */
export const reportLines = (head: ReportHead, outcome: Outcome): readonly string[] => {
  const { verdicts, requests, ms, interrupted } = outcome;
  const failed = verdicts.filter(({ outcome: end }) => end === 'failed');
  const sorted = [...failed.filter(isBad), ...failed.filter((verdict) => !isBad(verdict))];
  const mode = head.strict ? 'strict' : 'tolerant';
  return [
    `check-scim of ${head.url} (${mode}): ${requests} requests in ${(ms / 1000).toFixed(1)} s`,
    ...(interrupted ? ['The run was interrupted; what follows is not complete.'] : []),
    '',
    ...counts(head, verdicts),
    ...sorted.flatMap(failureLines),
    ...skippedLines(verdicts),
    ...leftLines(outcome),
  ];
};

/** The machine form: every check with its outcome. */
export const reportJson = (head: ReportHead, outcome: Outcome): object => {
  const { verdicts, requests, ms, interrupted, left, prefix } = outcome;
  const count = (wanted: Verdict['outcome']) =>
    verdicts.filter((verdict) => verdict.outcome === wanted).length;
  const bad = verdicts.filter(isBad).length;
  return {
    ...head,
    ok: !hasFailed(outcome),
    interrupted,
    passed: count('passed'),
    failed: bad,
    advice: count('failed') - bad,
    skipped: count('skipped'),
    requests,
    ms,
    prefix,
    left,
    checks: verdicts,
  };
};
