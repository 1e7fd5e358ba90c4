/** How one check ended, in a form that can be printed or written as JSON. */
import type { Check } from './check.ts';
import { shorten, Unmet } from './expect.ts';
import { type Exchange, NoAnswer, Stopped } from './wire.ts';

export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string | null>>;
}

export interface Failure {
  readonly expected: string;
  readonly got: string;
  /** The request that showed it; null when none was sent. */
  readonly sent: Sent | null;
  /** What came: status and body, shortened. */
  readonly answer: string;
}

export interface Verdict extends Pick<Check, 'id' | 'title' | 'source' | 'level' | 'profiles' | 'remedy'> {
  readonly outcome: 'passed' | 'failed' | 'skipped';
  /** Why it was skipped. */
  readonly reason: string | null;
  readonly failure: Failure | null;
  readonly requests: number;
  readonly ms: number;
}

const LONGEST_BODY = 600;

const sentOf = ({ method, path, sent, sentHeaders }: Exchange): Sent => ({
  method,
  path: shorten(path),
  ...(sent === undefined ? {} : { body: shorten(sent, LONGEST_BODY) }),
  ...(Object.keys(sentHeaders).length === 0 ? {} : { headers: sentHeaders }),
});

const answerOf = ({ status, received }: Exchange): string => {
  if (status === undefined) return received;
  return received === '' ? `${status} without a body` : `${status} ${shorten(received, LONGEST_BODY)}`;
};

const failureOf = (error: unknown, last: Exchange | undefined): Failure => {
  const own = error instanceof Unmet || error instanceof NoAnswer ? error.exchange : undefined;
  const exchange = own ?? last;
  const shown = {
    sent: exchange === undefined ? null : sentOf(exchange),
    answer: exchange === undefined ? 'nothing was sent' : answerOf(exchange),
  };
  if (error instanceof Unmet) return { expected: error.expected, got: error.got, ...shown };
  if (error instanceof NoAnswer) return { expected: 'an answer', got: error.message, ...shown };
  const reason = error instanceof Error ? error.message : String(error);
  return { expected: 'an answer that can be read', got: `check-scim could not read it: ${reason}`, ...shown };
};

const about = ({ id, title, source, level, profiles, remedy }: Check) => ({
  id,
  title,
  source,
  level,
  profiles,
  remedy,
});

export const skippedBecause = (check: Check, reason: string): Verdict => ({
  ...about(check),
  outcome: 'skipped',
  reason,
  failure: null,
  requests: 0,
  ms: 0,
});

/** The verdict on a check that ran: `error` is what it threw, if it did. */
export const verdictOn = (
  check: Check,
  trace: readonly Exchange[],
  ms: number,
  error?: { readonly thrown: unknown },
): Verdict => {
  if (error?.thrown instanceof Stopped) return skippedBecause(check, 'interrupted');
  const failure = error === undefined ? null : failureOf(error.thrown, trace.at(-1));
  const outcome = failure === null ? 'passed' : 'failed';
  const instead = error?.thrown instanceof Unmet ? error.thrown.instead : undefined;
  return {
    ...about(check),
    ...instead,
    outcome,
    reason: null,
    failure,
    requests: trace.length,
    ms: Math.round(ms),
  };
};
