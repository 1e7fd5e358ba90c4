/**
 * What Mode's failures mean to us: one table from status to AppError (mode-api.md §2, "Errors"). A message quotes Mode
 * where Mode says something, names the remedy, and never holds a credential; the cause names only the call.
 */
import { AppError, type ErrorKind } from '../errors.ts';

/** The part of a call that a message or the log may show. */
export interface Asked {
  readonly method: string;
  /** Template such as `/api/{workspace}/groups/{group_token}`: no token of anybody is shown. */
  readonly route: string;
  /** Completes "Mode refused to …". */
  readonly to: string;
}

/** A failed answer, as far as it matters here. */
interface FailedAnswer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  /** What Mode says, one line, empty where it says nothing. */
  readonly said: string;
  /** What to say of a credential that is refused. */
  readonly refused: string;
  /** When the answer came, epoch milliseconds. */
  readonly at: number;
}

interface Rule {
  readonly kind: ErrorKind;
  readonly reason: string;
  readonly message: (to: string, said: string, answer: FailedAnswer) => string;
}

const refused = (to: string, said: string): string => `Mode refused to ${to}${said && `: ${said}`}`;
const forbidden = (to: string, said: string): string =>
  `Mode forbids this token to ${to}${said && `: ${said}`}`;
const slowDown = (to: string): string => `Mode asked us to slow down when asked to ${to}.`;
const failing = (to: string, said: string): string => `Mode failed when asked to ${to}${said && `: ${said}`}`;
const redirected = (to: string): string =>
  `Mode answered with a redirect when asked to ${to}; check the address of Mode in the connection.`;

const INVALID: Rule = { kind: 'invalid', reason: 'refused', message: refused };
const NOT_OFFERED: Rule = { kind: 'unsupported', reason: 'not-offered', message: refused };
const FAILING: Rule = { kind: 'unavailable', reason: 'failing', message: failing };
const REDIRECTED: Rule = { kind: 'unavailable', reason: 'redirected', message: redirected };

/** Status by status; what is not here goes by its class. */
const RULES: ReadonlyMap<number, Rule> = new Map([
  [400, INVALID],
  [
    401,
    {
      kind: 'unauthorized',
      reason: 'credentials-refused',
      message: (_to, _said, { refused: words }) => words,
    },
  ],
  [403, { kind: 'forbidden', reason: 'forbidden', message: forbidden }],
  [404, { kind: 'notFound', reason: 'not-found', message: refused }],
  [405, NOT_OFFERED],
  [406, INVALID],
  [408, FAILING],
  [409, { kind: 'conflict', reason: 'conflict', message: refused }],
  [413, { kind: 'tooLarge', reason: 'too-large', message: refused }],
  [415, INVALID],
  [422, INVALID],
  [429, { kind: 'rateLimited', reason: 'rate-limited', message: slowDown }],
  [501, NOT_OFFERED],
]);

/** Something between us and Mode waited no longer; Mode may still be at it (504: RFC 9110 §15.6.5; 524: Cloudflare's). */
const GATEWAY_TIMEOUTS: ReadonlySet<number> = new Set([504, 524]);

const ruleOf = (status: number): Rule => {
  const rule = RULES.get(status);
  if (rule) return rule;
  if (status >= 500) return FAILING;
  return status >= 400 ? INVALID : REDIRECTED;
};

/** Nobody is held up for longer than this by a header. */
const LONGEST_PAUSE_MS = 300_000;

/** Reads `Retry-After`, whole seconds or a date (RFC 9110 §10.2.3); undefined where it is absent or nonsense. */
export const readRetryAfter = (header: string | undefined, now: number): number | undefined => {
  if (header === undefined) return undefined;
  const text = header.trim();
  const waitMs = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  // `Date.parse` takes "-5" and "1.5" for dates; a real one names its month.
  const isKnown = /^\d+$/.test(text) || (/[a-z]{3}/i.test(text) && !Number.isNaN(waitMs));
  return isKnown ? Math.min(Math.max(waitMs, 0), LONGEST_PAUSE_MS) : undefined;
};

const safeCause = ({ method, route }: Asked, what: string): Error => new Error(`${method} ${route} ${what}`);

/** Translates an answer that is no success. */
export const refusalOf = (asked: Asked, answer: FailedAnswer): AppError => {
  const { kind, reason, message } = ruleOf(answer.status);
  const cause = safeCause(asked, `answered ${answer.status}`);
  const retryAfterMs = readRetryAfter(answer.retryAfter, answer.at);
  const isWorthRetrying = kind === 'rateLimited' || kind === 'unavailable';
  return new AppError(kind, `mode.http.${reason}`, message(asked.to, answer.said, answer), {
    cause,
    mayHappenYet: isChange(asked) && GATEWAY_TIMEOUTS.has(answer.status),
    ...(isWorthRetrying && retryAfterMs !== undefined ? { retryAfterMs } : {}),
  });
};

/** Says in these words that nothing was sent because Mode refuses the credential; it is tried again after so many milliseconds. */
export const credentialsRefused = (message: string, retryAfterMs: number): AppError =>
  new AppError('unauthorized', 'mode.credential.refused', message, { retryAfterMs });

/** Says that a 401 meant this call alone: Mode accepts the credential for others. */
export const forbiddenAlone = ({ to }: Asked, cause: AppError): AppError =>
  new AppError('forbidden', 'mode.http.forbidden', forbidden(to, ''), { cause });

/** Of calls that never reached Mode: it is not there, or is not who it should be. */
const NEVER_SENT =
  /^(ECONNREFUSED|ENOTFOUND|EAI_|EHOSTUNREACH|ENETUNREACH|CERT_|ERR_TLS_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/;

const isChange = ({ method }: Asked): boolean => method !== 'GET';

/** Says that nothing was sent. */
export const notSent = (asked: Asked): AppError =>
  new AppError('unavailable', 'mode.http.no-answer', `Mode was not asked to ${asked.to}.`);

/**
 * Says that no answer came, and why (a code of Node's, or our own words): a change may have taken effect, or may yet, so the
 * caller looks before it asks again.
 */
export const noAnswer = (asked: Asked, why: string): AppError =>
  new AppError('unavailable', 'mode.http.no-answer', `Mode did not answer when asked to ${asked.to}.`, {
    cause: safeCause(asked, `had no answer (${why})`),
    mayHappenYet: isChange(asked) && !NEVER_SENT.test(why),
  });

/** Says that Mode's answer makes no sense; `where` names the field, never what stood in it. */
export const unreadable = (asked: Asked, where: string): AppError =>
  new AppError(
    'unavailable',
    'mode.http.unreadable',
    `Mode's answer when asked to ${asked.to} cannot be read: ${where}.`,
    { cause: safeCause(asked, 'had an unreadable answer') },
  );
