/** A server that answers what a test says, for shapes that the emulator does not produce. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ModeOptions, ModeUpstream } from '../../../src/mode/index.ts';
import { connect } from './connect.ts';

export type Respond = (request: IncomingMessage, response: ServerResponse, body: string) => void;

export interface Answering {
  readonly mode: ModeUpstream;
  readonly url: string;
  readonly requests: readonly {
    readonly method: string;
    readonly url: string;
    readonly headers: IncomingMessage['headers'];
    readonly body: string;
  }[];
}

export const TOKEN = 'tok-5d41402abc4b';
export const SECRET = 'sec-2a76b9719d911017c592';

const open = new Set<Server>();

afterEach(() => {
  for (const server of open) {
    server.closeAllConnections();
    server.close();
  }
  open.clear();
});

/** Answers with a status and a body; text goes out as it is. */
export const reply =
  (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Respond =>
  (_request, response) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    response.writeHead(status, { 'content-type': 'application/hal+json', ...headers }).end(text);
  };

/** Starts a server that answers so, with a client in front. */
export const answering = async (respond: Respond, options: Partial<ModeOptions> = {}): Promise<Answering> => {
  const requests: Answering['requests'][number][] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString('utf8');
    requests.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body });
    respond(request, response, body);
  });
  open.add(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const mode = connect({
    connection: { modeUrl: url, workspace: 'acme' },
    credentials: { token: TOKEN, secret: SECRET },
    ...options,
  });
  return { mode, url, requests };
};
