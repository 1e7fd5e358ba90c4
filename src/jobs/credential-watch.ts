/** In the background: says once a day in the log which API tokens of Mode are about to expire (credential-age.ts). */
import { setTimeout } from 'node:timers/promises';
import { credentialWarnings } from '../directory/connections/credential-age.ts';
import type { Deps } from '../directory/deps.ts';

export interface CredentialWatch {
  /** Looks at once; says what was not said within a day. */
  look(): Promise<void>;
  stop(): Promise<void>;
}

const DAY_MS = 86_400_000;
/** How often it looks, so that a token that comes to its last 30 days is not a day late. */
const LOOK_MS = 60 * 60_000;
const GRACE_MS = 1_000;

/** Starts watching; the first look is at once, so that each start says it too. */
export const startCredentialWatch = (deps: Deps): CredentialWatch => {
  const saidAt = new Map<string, number>();
  let running = Promise.resolve();

  const say = async (): Promise<void> => {
    const now = deps.now().getTime();
    for (const { connectionId, code, level: state, ...what } of await credentialWarnings(deps)) {
      const said = saidAt.get(`${connectionId} ${code}`) ?? Number.NEGATIVE_INFINITY;
      if (now - said < DAY_MS) continue;
      saidAt.set(`${connectionId} ${code}`, now);
      const { expiresAt, daysLeft, isAssumed, remedy } = what;
      deps.log.warn('mode.credential.aging', { connectionId, state, expiresAt, daysLeft, isAssumed, remedy });
    }
  };
  const look = (): Promise<void> => {
    running = running.then(say).catch((error: unknown) => {
      deps.log.warn('mode.credential.not-watched', { error });
    });
    return running;
  };
  const timer = setInterval(() => void look(), LOOK_MS);
  void look();
  return {
    look,
    stop: async () => {
      clearInterval(timer);
      await Promise.race([running, setTimeout(GRACE_MS, undefined, { ref: false })]);
    },
  };
};
