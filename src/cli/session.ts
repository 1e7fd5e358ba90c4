/** What the commands that work on the database share: configuration, log, an open and migrated store, the Deps. */
import { timingOn } from '../agreed-time.ts';
import { composeDeps } from '../compose.ts';
import { type Config, readConfig, readEncryptionKey } from '../config.ts';
import type { Deps } from '../directory/deps.ts';
import { AppError } from '../errors.ts';
import { createLog } from '../log.ts';
import { type OpenStore, openStore } from '../store/index.ts';

export interface Session {
  readonly config: Config;
  readonly deps: Deps & { readonly store: OpenStore };
}

const requireMigrated = async (store: OpenStore): Promise<void> => {
  const pending = await store.pendingMigrations();
  if (pending.length === 0) return;
  const message = `The database lacks migrations (${pending.join(', ')}). Run: mode-scim-bridge migrate`;
  throw new AppError('unavailable', 'cli.session.not-migrated', message);
};

interface SessionNeeds {
  /** Whether the command talks to Mode and so needs the key of the credentials. */
  readonly mode: boolean;
  /** Whether its log is all that it says. What prints its results logs errors alone, as text, unless the environment says so. */
  readonly serves?: boolean;
}

/** What a command that prints its results says in words of its own. */
const SAID = ['mode.credential.refused', 'mode.credential.accepted'];

const QUIET = { LOG_LEVEL: 'error', LOG_FORMAT: 'text' } as const;

/** Opens what a command needs, runs it, and closes again, whatever happens. */
export const withSession = async <T>(
  needs: SessionNeeds,
  work: (session: Session) => Promise<T>,
): Promise<T> => {
  const config = readConfig(needs.serves ? {} : QUIET);
  const key = needs.mode ? readEncryptionKey(config) : null;
  const except = needs.serves ? [] : SAID;
  const log = createLog({ level: config.LOG_LEVEL, format: config.LOG_FORMAT, except });
  const store = await openStore({ url: config.DATABASE_URL });
  try {
    await requireMigrated(store);
    const { timing, stop } = await timingOn(store, log);
    try {
      return await work({ config, deps: composeDeps({ store, log, key, waits: config, timing }) });
    } finally {
      stop();
    }
  } finally {
    await store.close();
  }
};
