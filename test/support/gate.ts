/**
 * A gate before the emulated Mode: sees every call in order, refuses with 429 those that a rule picks, and keeps back a call
 * or its answer until a test lets it go, so that two things happen in the order that the test is about.
 */
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Passing {
  /** `POST /api/acme/invites`, as it came. */
  readonly call: string;
  readonly at: number;
}

export interface Hold {
  /** Resolves when the call is there: before Mode hears of it, or once Mode has answered it. */
  readonly reached: Promise<void>;
  release(): void;
}

export interface Gate {
  readonly seen: Passing[];
  /** For `through` of startBridge. */
  open(modeUrl: string): Promise<string>;
  /** Keeps back the next call that matches: itself (`asked`), or Mode's answer to it (`answered`). */
  hold(call: RegExp, point: Point): Hold;
  close(): void;
}

type Point = 'asked' | 'answered';

export interface GateOptions {
  /** Picks calls to refuse, by their number from 1. */
  readonly refuses?: (number: number) => boolean;
  /** How long every answer takes longer, in milliseconds. */
  readonly delayMs?: number;
}

const BUSY = JSON.stringify({ id: 'rate_limited', message: 'Too many requests' });

interface Held extends Hold {
  readonly call: RegExp;
  readonly point: Point;
  /** Says that the call is there, and waits. */
  pass(): Promise<void>;
}

const newHold = (call: RegExp, point: Point): Held => {
  let arrive = (): void => undefined;
  let release = (): void => undefined;
  const reached = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const pass = (): Promise<void> => {
    arrive();
    return released;
  };
  return { call, point, reached, release, pass };
};

interface Onward {
  readonly to: URL;
  /** Runs between Mode's answer and its delivery. */
  readonly answered: () => Promise<void>;
}

const sendOn = (incoming: IncomingMessage, outgoing: ServerResponse, { to, answered }: Onward): void => {
  const { method, url: path, headers } = incoming;
  const onward = request({ hostname: to.hostname, port: to.port, method, path, headers }, (answer) => {
    const deliver = (): void => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    };
    void answered().then(deliver);
  });
  onward.on('error', () => outgoing.destroy());
  incoming.pipe(onward);
};

/** Makes a gate; nothing is let through before it is opened. */
export const createGate = ({ refuses = () => false, delayMs = 0 }: GateOptions = {}): Gate => {
  const seen: Passing[] = [];
  const holds: Held[] = [];
  let server: Server | undefined;
  const holdOf = (call: string): Held | undefined => {
    const index = holds.findIndex((hold) => hold.call.test(call));
    return index < 0 ? undefined : holds.splice(index, 1)[0];
  };
  const receive = async (to: URL, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const call = `${incoming.method} ${incoming.url}`;
    seen.push({ call, at: performance.now() });
    const isRefused = refuses(seen.length);
    const held = holdOf(call);
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    if (held?.point === 'asked') await held.pass();
    if (!isRefused) {
      const answered = async () => (held?.point === 'answered' ? held.pass() : undefined);
      sendOn(incoming, outgoing, { to, answered });
      return;
    }
    incoming.resume();
    outgoing.writeHead(429, { 'content-type': 'application/hal+json' }).end(BUSY);
  };
  const open = async (modeUrl: string): Promise<string> => {
    const to = new URL(modeUrl);
    server = createServer((incoming, outgoing) => void receive(to, incoming, outgoing));
    const listening = server;
    await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;
  };
  const hold = (call: RegExp, point: Point): Hold => {
    const held = newHold(call, point);
    holds.push(held);
    return held;
  };
  const close = (): void => {
    for (const held of holds) held.release();
    server?.closeAllConnections();
    server?.close();
  };
  return { seen, open, hold, close };
};
