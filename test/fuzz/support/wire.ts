/** One request and its whole answer over a kept connection, every byte as given where HTTP can carry it. */
import { Agent, type IncomingMessage, request } from 'node:http';

export interface Letter {
  readonly method: string;
  /** From the root of the server. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body when it is JSON, else undefined. */
  readonly body: unknown;
  readonly ms: number;
}

export interface Wire {
  send(letter: Letter): Promise<Reply>;
  hangUp(): void;
}

const PATIENCE_MS = 10_000;

const encode = (text: string): string => {
  try {
    return encodeURIComponent(text);
  } catch {
    return '%ED%A0%80'; // half a surrogate pair, in the bytes that it would have
  }
};

/** What HTTP cannot carry is encoded as URL libraries do; all else goes out as it is written. */
const carried = (path: string): string => path.replace(/[^\x21-\x7e]|["<>\\^`{|}#]/gu, encode);

const sendable = (value: string): string => value.replace(/[^\t\x20-\x7e\x80-\xff]/gu, '?');

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const read = async (message: IncomingMessage): Promise<string> => {
  const parts: Buffer[] = [];
  for await (const part of message) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
};

const headersOf = (message: IncomingMessage): Headers =>
  new Headers(
    Object.entries(message.headers).map(([name, value]): [string, string] => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );

const deliver = (agent: Agent, origin: string, { method, path, headers, body }: Letter): Promise<Reply> =>
  new Promise((resolve, reject) => {
    const startedAt = performance.now();
    const { hostname, port } = new URL(origin);
    const bytes = body === undefined ? undefined : Buffer.from(body);
    const length = bytes === undefined ? {} : { 'Content-Length': String(bytes.length) };
    const safe = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, sendable(value)]));
    const options = { agent, method, hostname, port, path: carried(path), headers: { ...safe, ...length } };
    const outgoing = request(options, (message) => {
      read(message)
        .then((text) => {
          const ms = performance.now() - startedAt;
          const status = message.statusCode ?? 0;
          resolve({ status, headers: headersOf(message), text, body: parse(text), ms });
        })
        .catch(reject);
    });
    outgoing.setTimeout(PATIENCE_MS, () => outgoing.destroy(new Error(`no answer in ${PATIENCE_MS} ms`)));
    outgoing.on('error', reject);
    outgoing.end(bytes);
  });

/** A client of that server with connections of its own. */
export const openWire = (origin: string): Wire => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  return { send: (letter) => deliver(agent, origin, letter), hangUp: () => agent.destroy() };
};
