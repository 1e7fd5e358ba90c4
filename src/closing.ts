/** Ends an HTTP server: what is under way is answered, and nobody goes on asking over a connection that is kept. */
import type { Server, ServerResponse } from 'node:http';

/** How long running requests may take to end before their connections are cut, in milliseconds. */
const GRACE_MS = 25_000;
/** How often connections that have become idle since are looked for. */
const SWEEP_MS = 100;

/**
 * Watches a server; gives what ends it. Without more, Node serves on a connection that is kept for as long as its client
 * goes on asking. So each answer says from then on that it is the last ("close", RFC 9112 §9.6).
 */
export const createClosing = (server: Server): (() => Promise<void>) => {
  const unanswered = new Set<ServerResponse>();
  let isClosing = false;
  const makeLast = (response: ServerResponse): void => {
    if (!response.headersSent) response.setHeader('Connection', 'close');
  };
  server.prependListener('request', (_request, response: ServerResponse) => {
    unanswered.add(response);
    response.once('close', () => unanswered.delete(response));
    if (isClosing) makeLast(response);
  });
  return () =>
    new Promise((resolve) => {
      isClosing = true;
      for (const response of unanswered) makeLast(response);
      const cut = setTimeout(() => server.closeAllConnections(), GRACE_MS);
      const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
      server.close(() => {
        clearTimeout(cut);
        clearInterval(sweep);
        resolve();
      });
      server.closeIdleConnections();
    });
};
