/** Requests with every byte as the client sends it: `?` and `&` at the end, header names, `+` for a space. */
import { Agent, type IncomingMessage, request } from 'node:http';
import { gunzipSync, gzipSync } from 'node:zlib';

export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly gzip: boolean;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body when it is JSON, else undefined. */
  readonly body: unknown;
  readonly ms: number;
}

const agent = new Agent({ keepAlive: true });

/** What URL libraries encode because HTTP cannot carry it; all else goes out as it is written. */
const onTheWire = (path: string): string => path.replace(/[^\x21-\x7e]|["<>\\^`{|}]/gu, encodeURIComponent);

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
  const whole = Buffer.concat(parts);
  return (message.headers['content-encoding'] === 'gzip' ? gunzipSync(whole) : whole).toString('utf8');
};

const headersOf = (message: IncomingMessage): Headers =>
  new Headers(
    Object.entries(message.headers).map(([name, value]): [string, string] => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );

/** Sends one request and reads the whole answer. */
export const send = (origin: string, { method, path, headers, body, gzip }: Sent): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const startedAt = performance.now();
    const bytes = body === undefined ? undefined : gzip ? gzipSync(body) : Buffer.from(body);
    const encoding = gzip ? { 'Content-Encoding': 'gzip' } : {};
    const length = bytes === undefined ? {} : { 'Content-Length': String(bytes.length) };
    const options = { agent, method, headers: { ...headers, ...encoding, ...length } };
    // The path is given apart from the address: `new URL` would tidy it.
    const { hostname, port } = new URL(origin);
    const outgoing = request({ ...options, hostname, port, path: onTheWire(path) }, (message) => {
      read(message)
        .then((text) =>
          resolve({
            status: message.statusCode ?? 0,
            headers: headersOf(message),
            text,
            body: parse(text),
            ms: performance.now() - startedAt,
          }),
        )
        .catch(reject);
    });
    outgoing.on('error', reject);
    outgoing.end(bytes);
  });

/** Closes the connections that were kept open. */
export const hangUp = (): void => agent.destroy();
