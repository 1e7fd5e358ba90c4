/**
 * A keep-alive connection of the cheapest kind: requests are written as text, answers are cut out of the bytes. It must
 * cost far less than the server under test, which a general client does not (docs/decisions/014-benchmarks.md). Reads
 * Content-Length and chunked bodies; one request at a time.
 */
import { createConnection, type Socket } from 'node:net';

export interface Answer {
  readonly status: number;
  /** The body without framing; read it before the next request. */
  readonly body: () => string;
  readonly bytes: number;
}

export interface Wire {
  ask(request: string): Promise<Answer>;
  close(): void;
}

const HEAD_END = '\r\n\r\n';
const CHUNKED = /\r\ntransfer-encoding: chunked/i;
const LENGTH = /\r\ncontent-length: (\d+)/i;
const STATUS_AT = 'HTTP/1.1 '.length;

/** The parts of a chunked body, or undefined when it is not whole yet. */
const readChunks = (bytes: Buffer, from: number): readonly Buffer[] | undefined => {
  const parts: Buffer[] = [];
  for (let at = from; ; ) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16);
    const next = lineEnd + 2 + size + 2;
    if (bytes.length < next) return undefined;
    if (size === 0) return parts;
    parts.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = next;
  }
};

const readBody = (
  bytes: Buffer,
  from: number,
  head: string,
  status: number,
): readonly Buffer[] | undefined => {
  if (status === 204 || status === 304) return [];
  if (CHUNKED.test(head)) return readChunks(bytes, from);
  const length = LENGTH.exec(head)?.[1];
  if (length === undefined) throw new Error(`An answer without a length that this client knows:\n${head}`);
  const end = from + Number(length);
  return bytes.length < end ? undefined : [bytes.subarray(from, end)];
};

/** The answer at the beginning of these bytes, or undefined when it is not whole yet. */
const readAnswer = (bytes: Buffer): Answer | undefined => {
  const headEnd = bytes.indexOf(HEAD_END);
  if (headEnd < 0) return undefined;
  const head = bytes.toString('latin1', 0, headEnd);
  const status = Number(head.slice(STATUS_AT, STATUS_AT + 3));
  const parts = readBody(bytes, headEnd + HEAD_END.length, head, status);
  if (!parts) return undefined;
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  return { status, bytes: size, body: () => Buffer.concat(parts).toString('utf8') };
};

interface Asking {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

const attach = (socket: Socket): Wire => {
  let pieces: Buffer[] = [];
  let asking: Asking | undefined;
  const fail = (error: unknown): void => {
    asking?.reject(error);
    asking = undefined;
  };
  socket.on('error', fail);
  socket.on('close', () => fail(new Error('The server closed the connection.')));
  socket.on('data', (piece: Buffer) => {
    pieces.push(piece);
    const bytes = pieces.length === 1 ? piece : Buffer.concat(pieces);
    pieces = [bytes];
    try {
      const answer = readAnswer(bytes);
      if (!answer) return;
      pieces = [];
      const { resolve } = asking ?? {};
      asking = undefined;
      resolve?.(answer);
    } catch (error) {
      fail(error);
    }
  });
  return {
    ask: (request) =>
      new Promise((resolve, reject) => {
        asking = { resolve, reject };
        socket.write(request);
      }),
    close: () => socket.destroy(),
  };
};

/** Connects to a server on this machine. */
export const openWire = (port: number): Promise<Wire> =>
  new Promise((resolve, reject) => {
    const socket = createConnection({ host: '127.0.0.1', port, noDelay: true });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(attach(socket));
    });
  });
