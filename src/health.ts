/** What operators and load balancers ask: alive, and ready. */
import { Router } from 'express';

/** Throws what stands in the way of serving: the database, or migrations that were not run. */
export type Readiness = () => Promise<void>;

export const healthRouter = (readiness: Readiness): Router => {
  const router = Router();
  router.get('/healthz', (_request, response) => {
    response.json({ status: 'ok' });
  });
  router.get('/readyz', async (_request, response) => {
    try {
      await readiness();
      response.json({ status: 'ready' });
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'unknown';
      response.status(503).json({ status: 'not ready', reason });
    }
  });
  return router;
};
