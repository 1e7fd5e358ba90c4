/**
 * Whether Mode accepts the API token at all. A 401 to `GET /verify` (mode-api.md §1) says that it does not: from then on
 * nothing is sent with it, but one such check now and then. A 401 to anything else may mean that this token may not do
 * that (which status a refused invitation has is UNKNOWN, mode-api.md §5), so it is checked before it is believed.
 */
import type { CallOptions } from '../directory/upstream.ts';
import type { Call } from './exchange.ts';
import { credentialsRefused } from './refusal.ts';
import type { Timing } from './timing.ts';

/** Asks Mode what the credential is. */
export const VERIFY: Call = { method: 'GET', route: '/verify', at: {}, to: 'verify the API token' };

export interface Credential {
  /** False while it is refused or a check is under way; never for the check itself. */
  maySend(call: Call): boolean;
  /** Waits for a check that is under way, makes one where it is time, and throws `unauthorized` where nothing may be sent. */
  admit(call: Call, options: CallOptions): Promise<void>;
  /** Takes a 401 to some call: makes the check, before anything else is sent. */
  suspect(options: CallOptions): void;
  /** Waits for the check that follows a 401: throws that the token is refused, or returns when it is not. */
  confirm(options: CallOptions): Promise<void>;
  /** Takes Mode's answer to the check. */
  learn(isAccepted: boolean): void;
  /** Undefined while it is accepted. */
  refusedSince(): number | undefined;
}

interface CredentialOptions {
  readonly timing: Timing;
  /** Makes the check; throws `unauthorized` where Mode refuses the credential. */
  readonly verify: (options: CallOptions) => Promise<unknown>;
  readonly say: (event: 'refused' | 'accepted', fields: Readonly<Record<string, unknown>>) => void;
}

/** How often a refused credential is tried again: an admin of Mode may have brought its owner back. */
const CHECK_EVERY_MS = 300_000;

/** Makes the state of one credential. */
export const createCredential = ({ timing, verify, say }: CredentialOptions): Credential => {
  let refusedAt: number | undefined;
  let checkAt = 0;
  let checking: Promise<unknown> | undefined;

  /** One check for all who want one, and before everything else. */
  const check = (options: CallOptions): Promise<unknown> => {
    checking ??= verify({ ...options, priority: 'deactivation' }).finally(() => {
      checking = undefined;
    });
    return checking;
  };
  const isFree = (call: Call): boolean => call.route === VERIFY.route;
  /** Its outcome is told to whoever confirms; the others want to know no more than whether it is over. */
  const checked = async (options: CallOptions): Promise<void> => {
    await check(options).catch(() => undefined);
  };

  const throwIfRefused = (): void => {
    if (refusedAt !== undefined) throw credentialsRefused(Math.max(0, checkAt - timing.now()));
  };

  return {
    maySend: (call) => isFree(call) || (checking === undefined && refusedAt === undefined),
    admit: async (call, options) => {
      if (isFree(call)) return;
      const isDue = refusedAt !== undefined && timing.now() >= checkAt;
      if (isDue || checking !== undefined) await checked(options);
      throwIfRefused();
    },
    suspect: (options) => {
      if (refusedAt === undefined) void checked(options);
    },
    confirm: async (options) => {
      throwIfRefused();
      await check(options);
    },
    learn: (isAccepted) => {
      checkAt = timing.now() + CHECK_EVERY_MS;
      if (isAccepted === (refusedAt === undefined)) return;
      refusedAt = isAccepted ? undefined : timing.now();
      say(isAccepted ? 'accepted' : 'refused', { remedy: credentialsRefused(0).message });
    },
    refusedSince: () => refusedAt,
  };
};
