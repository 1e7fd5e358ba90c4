/**
 * Whether Mode accepts a credential at all. A 401 to the surface's check says that it does not: from then on nothing is
 * sent with it, but one such check now and then. A 401 to anything else may mean that it may not do that (which status a
 * refused invitation has is UNKNOWN, mode-api.md §5), so it is checked before it is believed.
 * What one process learnt is remembered for the others: `remember` tells it, `heed` takes it.
 */
import type { CredentialCheck } from '../directory/connections/credential-check.ts';
import type { CallOptions } from '../directory/upstream.ts';
import type { Call } from './call.ts';
import { credentialsRefused } from './refusal.ts';
import type { Surface } from './surface.ts';
import type { Timing } from './timing.ts';

export interface Credential {
  /** False while it is refused or a check is under way; never for the check itself. */
  maySend(call: Call): boolean;
  /** Waits for a check that is under way, makes one where it is time, and throws `unauthorized` where nothing may be sent. */
  admit(call: Call, options: CallOptions): Promise<void>;
  /** Takes a 401 to some call: makes the check, before anything else is sent. */
  suspect(options: CallOptions): void;
  /** Waits for the check that follows a 401: throws that the token is refused, or returns when it is not. */
  confirm(options: CallOptions): Promise<void>;
  /** Takes Mode's answer to the check; resolves when the others may know it. */
  learn(isAccepted: boolean): Promise<void>;
  /** Takes what was last remembered of this credential, by whichever process; what is older than its own says nothing. */
  heed(check: CredentialCheck | null): void;
  /** Undefined while it is accepted. */
  refusedSince(): number | undefined;
}

interface CredentialOptions {
  readonly surface: Surface;
  readonly timing: Timing;
  /** Makes the check; throws `unauthorized` where Mode refuses the credential. */
  readonly verify: (options: CallOptions) => Promise<unknown>;
  readonly say: (event: 'refused' | 'accepted', fields: Readonly<Record<string, unknown>>) => void;
  /** Told of each change, and of each check that a refused credential fails; never throws. */
  readonly remember: (check: CredentialCheck) => Promise<void>;
}

/** How often a refused credential is tried again: an admin of Mode may have brought its owner back. */
const CHECK_EVERY_MS = 300_000;

const iso = (instant: number): string => new Date(instant).toISOString();

/** What is known of it: the outcome of the last check, by whom ever. */
const createKnowledge = ({ surface, timing, say }: CredentialOptions) => {
  let refusedAt: number | undefined;
  let lastAt = Number.NEGATIVE_INFINITY;
  let dueAt = 0;
  return {
    refusedAt: () => refusedAt,
    dueInMs: () => Math.max(0, dueAt - timing.now()),
    isNews: (at: number) => at > lastAt,
    /** Gives whether it is another outcome than the one before. */
    take: (since: number | undefined, at: number): boolean => {
      const isOther = (since === undefined) !== (refusedAt === undefined);
      refusedAt = since;
      lastAt = at;
      // The clock of another process may be ahead of ours.
      dueAt = Math.min(at, timing.now()) + CHECK_EVERY_MS;
      if (isOther) say(since === undefined ? 'accepted' : 'refused', { remedy: surface.refused });
      return isOther;
    },
  };
};

/** Makes the state of one credential. */
export const createCredential = (options: CredentialOptions): Credential => {
  const { surface, timing, verify, remember } = options;
  const known = createKnowledge(options);
  let checking: Promise<unknown> | undefined;

  /** One check for all who want one, and before everything else. */
  const check = (asked: CallOptions): Promise<unknown> => {
    checking ??= verify({ ...asked, priority: 'deactivation' }).finally(() => {
      checking = undefined;
    });
    return checking;
  };
  const isFree = (call: Call): boolean => call === surface.check;
  /** Its outcome is told to whoever confirms; the others want to know no more than whether it is over. */
  const checked = async (asked: CallOptions): Promise<void> => {
    await check(asked).catch(() => undefined);
  };

  const isRefused = (): boolean => known.refusedAt() !== undefined;
  const throwIfRefused = (): void => {
    if (isRefused()) throw credentialsRefused(surface.refused, known.dueInMs());
  };

  return {
    maySend: (call) => isFree(call) || (checking === undefined && !isRefused()),
    admit: async (call, asked) => {
      if (isFree(call)) return;
      const isDue = isRefused() && known.dueInMs() === 0;
      if (isDue || checking !== undefined) await checked(asked);
      throwIfRefused();
    },
    suspect: (asked) => {
      if (!isRefused()) void checked(asked);
    },
    confirm: async (asked) => {
      throwIfRefused();
      await check(asked);
    },
    learn: async (isAccepted) => {
      const now = timing.now();
      const since = isAccepted ? undefined : (known.refusedAt() ?? now);
      const isOther = known.take(since, now);
      if (!isOther && isAccepted) return;
      await remember({ refusedSince: since === undefined ? null : iso(since), checkedAt: iso(now) });
    },
    heed: (last) => {
      const at = last === null ? Number.NEGATIVE_INFINITY : Date.parse(last.checkedAt);
      if (last === null || !known.isNews(at)) return;
      known.take(last.refusedSince === null ? undefined : Date.parse(last.refusedSince), at);
    },
    refusedSince: known.refusedAt,
  };
};
