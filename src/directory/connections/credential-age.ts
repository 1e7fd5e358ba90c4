/**
 * How old the API token of a connection is and how long it still holds. Mode tells nobody: its tokens expire "after 90 days
 * by default" (mode-api.md §1), so that is assumed, and said to be assumed, unless an admin said otherwise.
 */
import type { Deps } from '../deps.ts';
import type { Connection } from '../model.ts';

const DAY_MS = 86_400_000;
/** Mode's own default. */
const DEFAULT_LIFETIME_DAYS = 90;
/** From how many days before the end it is said (product.md section 4, "Courtesy"). */
const WARN_DAYS = 30;

/**
 * `fine`; `soon`: 30 days or fewer are left; `over`: its time is over, though Mode may still take it; `refused`: Mode said
 * so, of it or of the SCIM token beside it.
 */
export type CredentialLevel = 'fine' | 'soon' | 'over' | 'refused';

/** What there is to know of the API token of a connection: for the log, readiness, the commands, metrics, the dashboard. */
export interface CredentialStanding {
  readonly level: CredentialLevel;
  readonly setAt: string;
  readonly ageDays: number;
  /** Null for a token that never expires. */
  readonly expiresAt: string | null;
  /** Nobody said when it expires. */
  readonly isAssumed: boolean;
  /** There is none, but a token of Mode's SCIM endpoint alone, of which nobody knows when it expires. */
  readonly isScimAlone: boolean;
  /** Whole days, negative once they are over; null for a token that never expires. */
  readonly daysLeft: number | null;
  /** Since when Mode refuses it. */
  readonly refusedSince: string | null;
  /** Since when Mode refuses the SCIM token beside it. */
  readonly scimRefusedSince: string | null;
}

type Known = Pick<
  Connection,
  'wayIn' | 'credentialsSetAt' | 'credentialsExpire' | 'credentialsCheck' | 'scimCheck'
>;

const levelOf = (daysLeft: number | null, refusedSince: string | null): CredentialLevel => {
  if (refusedSince !== null) return 'refused';
  if (daysLeft === null || daysLeft > WARN_DAYS) return 'fine';
  return daysLeft < 0 ? 'over' : 'soon';
};

const expiryOf = ({ credentialsSetAt, credentialsExpire }: Known): string | null => {
  if (credentialsExpire === 'never' || credentialsExpire === 'unknown') return null;
  const assumed = Date.parse(credentialsSetAt) + DEFAULT_LIFETIME_DAYS * DAY_MS;
  return credentialsExpire ?? new Date(assumed).toISOString();
};

/** There is no API token, but one of Mode's SCIM endpoint alone: of that nobody knows when it expires. */
export const isScimAlone = ({ credentialsExpire }: Pick<Connection, 'credentialsExpire'>): boolean =>
  credentialsExpire === 'unknown';

/** Judges the API token of a connection at that moment. */
export const credentialStanding = (connection: Known, now: Date): CredentialStanding => {
  const expiresAt = expiryOf(connection);
  const { wayIn, credentialsCheck, scimCheck } = connection;
  const refusedSince = credentialsCheck?.refusedSince ?? null;
  // By another way in it is not used, and what was said to it last may be old.
  const scimRefusedSince = wayIn === 'scim' ? (scimCheck?.refusedSince ?? null) : null;
  const daysSince = (instant: string): number => Math.floor((now.getTime() - Date.parse(instant)) / DAY_MS);
  const daysLeft = expiresAt === null ? null : Math.floor((Date.parse(expiresAt) - now.getTime()) / DAY_MS);
  return {
    level: levelOf(daysLeft, refusedSince ?? scimRefusedSince),
    setAt: connection.credentialsSetAt,
    ageDays: daysSince(connection.credentialsSetAt),
    expiresAt,
    isAssumed: connection.credentialsExpire === null,
    isScimAlone: isScimAlone(connection),
    daysLeft,
    refusedSince,
    scimRefusedSince,
  };
};

const dayOf = (instant: string | null): string => (instant ?? '').slice(0, 10);
const days = (count: number): string => `${count} ${count === 1 ? 'day' : 'days'}`;
const assumption = ({ isAssumed }: CredentialStanding): string =>
  isAssumed ? ` (assumed: Mode's default of ${DEFAULT_LIFETIME_DAYS} days)` : '';

const SAYINGS: Readonly<Record<CredentialLevel, (standing: CredentialStanding) => string>> = {
  fine: (standing) => {
    if (standing.isScimAlone) return 'is one for SCIM: when it expires is not known';
    return standing.expiresAt === null
      ? 'never expires'
      : `expires on ${dayOf(standing.expiresAt)}${assumption(standing)}`;
  },
  soon: (standing) => `expires in ${days(standing.daysLeft ?? 0)}${assumption(standing)}`,
  over: (standing) => `should have expired on ${dayOf(standing.expiresAt)}${assumption(standing)}`,
  refused: ({ refusedSince }) => `is refused by Mode since ${refusedSince}`,
};

const ownLevel = ({ daysLeft, refusedSince }: CredentialStanding): CredentialLevel =>
  levelOf(daysLeft, refusedSince);

/** The standing in words, to stand behind "the Mode token". */
export const sayStanding = (standing: CredentialStanding): string => {
  const { scimRefusedSince } = standing;
  const own = SAYINGS[ownLevel(standing)](standing);
  return scimRefusedSince === null
    ? own
    : `${own}; its SCIM token is refused by Mode since ${scimRefusedSince}`;
};

const ownRemedy = (name: string, standing: CredentialStanding): string | null => {
  const level = ownLevel(standing);
  if (level === 'fine') return null;
  const renew = `Make a new token in Mode and give it to the bridge: mode-scim-bridge connection renew ${name}.`;
  if (level === 'refused' || !standing.isAssumed) return renew;
  return `${renew} If this one lives longer, say so: mode-scim-bridge connection set ${name} --expires DATE|never.`;
};

const scimRemedy = (name: string, { scimRefusedSince }: CredentialStanding): string | null =>
  scimRefusedSince &&
  `Make a new SCIM token in Mode and give it to the bridge: mode-scim-bridge connection renew ${name} --mode-scim-token TOKEN.`;

/** What to do about tokens that are not fine; null where all are. */
export const standingRemedy = (name: string, standing: CredentialStanding): string | null =>
  [scimRemedy(name, standing), ownRemedy(name, standing)].filter((remedy) => remedy !== null).join(' ') ||
  null;

/** A token that wants renewing, for whoever asks whether all is well. */
export interface CredentialWarning extends Pick<CredentialStanding, 'expiresAt' | 'daysLeft' | 'isAssumed'> {
  readonly connectionId: string;
  /** `credential.soon`, `credential.over`, `credential.refused`; of the SCIM token `credential.scim-refused`. */
  readonly code: string;
  readonly level: CredentialLevel;
  /** Ends in the remedy. */
  readonly message: string;
  readonly remedy: string;
}

const ownWarning = ({ id, name }: Connection, standing: CredentialStanding): CredentialWarning | null => {
  const remedy = ownRemedy(name, standing);
  if (remedy === null) return null;
  const level = ownLevel(standing);
  const { expiresAt, daysLeft, isAssumed } = standing;
  const message = `The Mode token of "${name}" ${SAYINGS[level](standing)}. ${remedy}`;
  const what = { code: `credential.${level}`, level, message, remedy };
  return { connectionId: id, ...what, expiresAt, daysLeft, isAssumed };
};

const scimWarning = ({ id, name }: Connection, standing: CredentialStanding): CredentialWarning | null => {
  const remedy = scimRemedy(name, standing);
  if (remedy === null) return null;
  const message = `The SCIM token of "${name}" is refused by Mode since ${standing.scimRefusedSince}. ${remedy}`;
  const what = { code: 'credential.scim-refused', level: 'refused', message, remedy } as const;
  return { connectionId: id, ...what, expiresAt: null, daysLeft: null, isAssumed: false };
};

/** The tokens that expire soon, are over their time, or are refused (no Mode call). */
export const credentialWarnings = async (deps: Deps): Promise<readonly CredentialWarning[]> =>
  (await deps.store.connections.list()).flatMap((connection) => {
    const standing = credentialStanding(connection, deps.now());
    const warnings = [ownWarning(connection, standing), scimWarning(connection, standing)];
    return warnings.filter((warning) => warning !== null);
  });
