/**
 * A gate between the bridges and the emulated Mode: sees every call and every answer, and can be told to call out at a
 * moment of one of them, so that whoever made the call is killed just there.
 */
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { History } from './history.ts';

/** Where a call is: it has reached the gate; Mode has carried it out; its answer has been handed over. */
export type Moment = 'received' | 'answered' | 'passed';

export interface Passing {
  readonly method: string;
  readonly path: string;
  readonly body: string;
  /** Port of the caller, which tells the process. */
  readonly callerPort: number;
}

export interface Answered extends Passing {
  readonly status: number;
  readonly answer: string;
}

export interface Aim {
  readonly moment: Moment;
  /** Which calls are meant, and how many of them pass before. */
  readonly fits: (passing: Passing) => boolean;
  readonly skip: number;
  /** Called at once, within the moment; true: the call is not let through to Mode any more. */
  readonly strike: (passing: Passing) => boolean;
}

export interface Gate {
  readonly url: string;
  /** One aim at a time; it is used up by its strike. */
  aim(aim: Aim | undefined): void;
  readonly isAimed: () => boolean;
  /** Hears of every call that Mode answered. */
  onAnswered(listener: (answered: Answered) => void): void;
  close(): void;
}

const readAll = async (incoming: IncomingMessage): Promise<string> => {
  const pieces: Buffer[] = [];
  for await (const piece of incoming) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString();
};

interface Reply {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

const send = (modeUrl: string, incoming: IncomingMessage, body: string): Promise<Reply> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(modeUrl);
    const { method, url: path, headers } = incoming;
    const onward = request({ hostname, port, method, path, headers, agent: false }, (answer) => {
      readAll(answer).then(
        (text) => resolve({ status: answer.statusCode ?? 502, headers: answer.headers, text }),
        reject,
      );
    });
    onward.on('error', reject);
    onward.end(body);
  });

const briefly = (text: string): string => (text.length > 160 ? `${text.slice(0, 160)}…` : text);

/** What a line of the history shows: lists are long and say nothing. */
const told = ({ method, path, body, status, answer }: Answered): string =>
  `Mode ${method} ${path} ${briefly(body)} → ${status}${method === 'GET' ? '' : ` ${briefly(answer)}`}`;

/** Opens a gate before that Mode. */
export const openGate = async (modeUrl: string, history: History): Promise<Gate> => {
  const listeners: ((answered: Answered) => void)[] = [];
  let armed: Aim | undefined;
  let passed = 0;

  /** Strikes where the aim is at this moment of this call; true when the call is to go no further. */
  const reach = (moment: Moment, passing: Passing): boolean => {
    if (armed?.moment !== moment || !armed.fits(passing)) return false;
    passed += 1;
    if (passed <= armed.skip) return false;
    const { strike } = armed;
    armed = undefined;
    return strike(passing);
  };

  const pass = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const { method = 'GET', url: path = '/', socket } = incoming;
    const callerPort = socket.remotePort ?? 0;
    const body = await readAll(incoming);
    const passing = { method, path, body, callerPort };
    if (reach('received', passing)) return void socket.destroy();
    const reply = await send(modeUrl, incoming, body);
    const answered = { ...passing, status: reply.status, answer: reply.text };
    history.note(told(answered));
    for (const listener of listeners) listener(answered);
    reach('answered', passing);
    const { 'transfer-encoding': _whole, connection: _ours, ...headers } = reply.headers;
    outgoing.writeHead(reply.status, headers).end(reply.text);
    reach('passed', passing);
  };

  const server: Server = createServer({ keepAliveTimeout: 60_000 }, (incoming, outgoing) => {
    pass(incoming, outgoing).catch((error: unknown) => {
      const how = error instanceof Error ? error.message : String(error);
      history.note(`Mode ${incoming.method} ${incoming.url} → no answer (${how})`);
      incoming.socket.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    aim: (aim) => {
      armed = aim;
      passed = 0;
    },
    isAimed: () => armed !== undefined,
    onAnswered: (listener) => void listeners.push(listener),
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
};
