/** A connection as the checks look at it. */
import type { Config } from '../../config.ts';
import type { Deps } from '../../directory/deps.ts';
import type { Connection } from '../../directory/model.ts';
import { type Look, probeConnection } from '../../directory/probe/probe.ts';
import { AppError } from '../../errors.ts';
import { skip } from './check.ts';

export interface Linked {
  readonly deps: Deps;
  readonly config: Config;
  readonly connection: Connection;
  /** What Mode was found to let its token do; null where the credentials cannot be decrypted, which has a line of its own. */
  readonly look: Promise<Look | null>;
}

const lookAt = async (deps: Deps, connection: Connection): Promise<Look | null> => {
  try {
    return await probeConnection(deps, connection);
  } catch (error) {
    if (error instanceof AppError) return null;
    throw error;
  }
};

/** Begins to look at a connection; nothing waits for it before it is asked for. */
export const linkTo = (deps: Deps, config: Config, connection: Connection): Linked => {
  const look = lookAt(deps, connection);
  // Heard by whoever asks for it.
  look.catch(() => undefined);
  return { deps, config, connection, look };
};

/** For a check that needs Mode. */
export const UNSEEN = skip('not looked at without the credentials');
