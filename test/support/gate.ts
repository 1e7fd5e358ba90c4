/** A gate before the emulated Mode: sees every call in order, and refuses with 429 those that a rule picks. */
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Passing {
  /** `POST /api/acme/invites`, as it came. */
  readonly call: string;
  readonly at: number;
}

export interface Gate {
  readonly seen: Passing[];
  /** For `through` of startBridge. */
  open(modeUrl: string): Promise<string>;
  close(): void;
}

export interface GateOptions {
  /** Picks calls to refuse, by their number from 1. */
  readonly refuses?: (number: number) => boolean;
  /** How long every answer takes longer, in milliseconds. */
  readonly delayMs?: number;
}

const BUSY = JSON.stringify({ id: 'rate_limited', message: 'Too many requests' });

/** Makes a gate; nothing is let through before it is opened. */
export const createGate = ({ refuses = () => false, delayMs = 0 }: GateOptions = {}): Gate => {
  const seen: Passing[] = [];
  let server: Server | undefined;
  const open = async (modeUrl: string): Promise<string> => {
    const { hostname, port } = new URL(modeUrl);
    server = createServer((incoming, outgoing) => {
      const { method, url: path, headers } = incoming;
      seen.push({ call: `${method} ${path}`, at: performance.now() });
      const isRefused = refuses(seen.length);
      setTimeout(() => {
        if (isRefused) {
          incoming.resume();
          outgoing.writeHead(429, { 'content-type': 'application/hal+json' }).end(BUSY);
          return;
        }
        const onward = request({ hostname, port, method, path, headers }, (answer) => {
          outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(outgoing);
        });
        incoming.pipe(onward);
      }, delayMs);
    });
    const listening = server;
    await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;
  };
  const close = (): void => {
    server?.closeAllConnections();
    server?.close();
  };
  return { seen, open, close };
};
