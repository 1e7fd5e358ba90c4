/**
 * Ends connections to PostgreSQL over which nothing comes any more: at a failover where packets are lost nothing tells that
 * the server is gone, and TCP finds out after a quarter of an hour. Looked at from time to time, so that no statement pays for
 * it (pg's `query_timeout` costs some µs each), and ended as a whole, so that no late answer is taken for that of another.
 */
import type { Pool, PoolClient } from 'pg';

/** Of how many looks the same statement may be seen at: a process that stood still has not waited meanwhile. */
const LOOKS = 7;

/** What pg knows of a connection and does not publish; without it nothing is ended (test/store/silent.test.ts would fail). */
interface Inside {
  _getActiveQuery?(): object | null | undefined;
  readonly connection?: { readonly stream?: { destroy(): void } };
}

/** Ends connections that leave a statement unanswered for so many milliseconds; gives what ends the watch. */
export const watchForSilence = (pool: Pool, limitMs: number): (() => void) => {
  const seen = new Map<PoolClient, { readonly statement: object | undefined; readonly looks: number }>();
  pool.on('connect', (client) => seen.set(client, { statement: undefined, looks: 0 }));
  pool.on('remove', (client) => seen.delete(client));
  const look = (): void => {
    for (const [client, before] of seen) {
      const inside = client as unknown as Inside;
      const statement = inside._getActiveQuery?.() ?? undefined;
      const looks = statement !== undefined && statement === before.statement ? before.looks + 1 : 0;
      seen.set(client, { statement, looks });
      if (looks >= LOOKS) inside.connection?.stream?.destroy();
    }
  };
  const timer = setInterval(look, limitMs / LOOKS);
  timer.unref();
  return () => clearInterval(timer);
};
