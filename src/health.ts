/** What operators and load balancers ask: alive, and ready. */
import { setTimeout } from 'node:timers/promises';
import { Router } from 'express';
import type { TroubledConnection } from './directory/connections/connections.ts';

/** What somebody should look at in time. */
export interface ReadinessWarning {
  readonly connectionId: string;
  readonly code: string;
  /** Ends in the remedy. */
  readonly message: string;
}

/** What stands in nobody's way: reads are answered, changes kept. */
export interface ReadyButTroubled {
  /** Whose Mode is not called at the moment. */
  readonly connections: readonly TroubledConnection[];
  /** Whose Mode token will expire, or is shown no groups. */
  readonly warnings: readonly ReadinessWarning[];
}

/** Throws what stands in the way of serving: the database, or migrations that were not run. */
export type Readiness = () => Promise<ReadyButTroubled>;

const shown = ({ connections, warnings }: ReadyButTroubled) => ({
  ...(connections.length > 0 ? { connections } : {}),
  ...(warnings.length > 0
    ? { warnings: warnings.map(({ connectionId, code, message }) => ({ connectionId, code, message })) }
    : {}),
});

/** Shorter than whoever asks waits (deploy/Caddyfile: 2 s): a database that is silent makes no good answer. */
const PATIENCE_MS = 1_500;

const silence = async (signal: AbortSignal): Promise<never> => {
  await setTimeout(PATIENCE_MS, undefined, { signal });
  throw new Error(`The database has not answered within ${PATIENCE_MS / 1000} s.`);
};

/** What the readiness is, or that it did not become known in time. */
const inTime = async (readiness: Readiness): Promise<ReadyButTroubled> => {
  const known = new AbortController();
  try {
    return await Promise.race([readiness(), silence(known.signal)]);
  } finally {
    known.abort();
  }
};

export const healthRouter = (readiness: Readiness): Router => {
  const router = Router();
  router.get('/healthz', (_request, response) => {
    response.json({ status: 'ok' });
  });
  router.get('/readyz', async (_request, response) => {
    try {
      response.json({ status: 'ready', ...shown(await inTime(readiness)) });
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'unknown';
      response.status(503).json({ status: 'not ready', reason });
    }
  });
  return router;
};
