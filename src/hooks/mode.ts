/**
 * Mode's webhooks (mode-api.md §11). A call carries no signature and no data, only an event and an address, so nothing in
 * it is trusted: the secret in the address says which connection it concerns, and what changed is asked of Mode itself.
 */
import express, { type ErrorRequestHandler, type RequestHandler, Router } from 'express';
import type { Deps } from '../directory/deps.ts';
import type { Connection } from '../directory/model.ts';

export interface HookOptions {
  /** Learns anew who is in the workspace; returns at once. */
  readonly refreshMembers: (connection: Connection) => void;
}

const ABOUT_MEMBERS = new Set(['member_joined_organization', 'member_removed_from_organization']);

/** How exactly the last call is kept: an address that somebody floods must not cost a write for each. */
const MARK_EVERY_MS = 60_000;

/** Remembers that Mode calls at all: `doctor` tells whether the webhook was ever set up. */
const mark = async ({ store, now }: Deps, { id, hookReceivedAt }: Connection): Promise<void> => {
  const last = hookReceivedAt === null ? 0 : Date.parse(hookReceivedAt);
  if (now().getTime() - last >= MARK_EVERY_MS)
    await store.connections.markHookReceived(id, now().toISOString());
};

const receive =
  (deps: Deps, { refreshMembers }: HookOptions): RequestHandler =>
  async (request, response) => {
    const { store, log } = deps;
    const connection = await store.connections.findByWebhookSecret(String(request.params['secret']));
    if (!connection) {
      response.status(404).json({ error: 'not_found', message: 'This webhook address is not known.' });
      return;
    }
    const { event } = (request.body ?? {}) as { readonly event?: unknown };
    const name = typeof event === 'string' ? event.slice(0, 100) : 'unnamed';
    log.info('hook.received', { connectionId: connection.id, name });
    if (ABOUT_MEMBERS.has(name)) refreshMembers(connection);
    await mark(deps, connection);
    // Mode sends a test event when a webhook is set up and wants success for every event (mode-api.md §11).
    response.status(200).json({ received: true });
  };

const malformed: ErrorRequestHandler = (_error: unknown, _request, response, _next) => {
  response.status(400).json({ error: 'bad_request', message: 'A webhook call must be small JSON.' });
};

/** `POST /hooks/mode/{secret}`. */
export const modeHooks = (deps: Deps, options: HookOptions): Router => {
  const router = Router();
  router.post('/:secret', express.json({ limit: 16 * 1024, type: () => true }), receive(deps, options));
  router.use(malformed);
  return router;
};
