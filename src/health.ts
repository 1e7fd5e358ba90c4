/** What operators and load balancers ask: alive, and ready. */
import { Router } from 'express';
import type { TroubledConnection } from './directory/connections.ts';

/**
 * Throws what stands in the way of serving: the database, or migrations that were not run. Gives the connections in
 * trouble, which stand in nobody's way: reads are answered, changes kept.
 */
export type Readiness = () => Promise<readonly TroubledConnection[]>;

export const healthRouter = (readiness: Readiness): Router => {
  const router = Router();
  router.get('/healthz', (_request, response) => {
    response.json({ status: 'ok' });
  });
  router.get('/readyz', async (_request, response) => {
    try {
      const connections = await readiness();
      response.json({ status: 'ready', ...(connections.length > 0 ? { connections } : {}) });
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'unknown';
      response.status(503).json({ status: 'not ready', reason });
    }
  });
  return router;
};
