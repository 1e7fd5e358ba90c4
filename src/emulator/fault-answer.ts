/**
 * Counts a call and lets it meet the fault that was ordered for it, whatever surface it came to:
 * REST, Discovery and SCIM differ only in how their errors look.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Request, Response } from 'express';
import type { CallCount, Fault, Faults } from './faults.ts';

interface Ordered {
  readonly calls: CallCount;
  readonly faults: Faults;
  /** Ends delays that are under way when the emulator closes. */
  readonly closing: AbortSignal;
}

/** How a surface names the call and words a refusal that was ordered without a body. */
export interface Surface {
  readonly key: string;
  readonly type: string;
  readonly errorBody: (status: number) => unknown;
}

/** Whatever would have been sent, complete, and the way to send it. */
interface Held {
  readonly body: string;
  readonly send: (body: string) => void;
}

const delay = async (ms: number, signal: AbortSignal): Promise<void> => {
  if (ms > 0) await sleep(ms, undefined, { signal }).catch(() => undefined);
};

const sendFault = (res: Response, surface: Surface, fault: Fault): void => {
  const status = fault.status ?? 500;
  const isText = typeof fault.body === 'string';
  const body = fault.body ?? (status >= 400 ? surface.errorBody(status) : {});
  for (const name of res.getHeaderNames()) res.removeHeader(name);
  res.status(status).type(isText ? 'text/plain' : surface.type);
  res.set(fault.headers ?? {});
  res.send(isText ? fault.body : JSON.stringify(body));
};

/** Half an object is never JSON. */
const cutOff = (body: string): string => body.slice(0, Math.floor(body.length / 2)) || '{';

type Deed = (req: Request, res: Response, surface: Surface, fault: Fault, held: Held | undefined) => void;

const DEEDS: Readonly<Record<NonNullable<Fault['deed']>, Deed>> = {
  drop: (req) => req.socket.destroy(),
  status: (_req, res, surface, fault) => sendFault(res, surface, fault),
  malformed: (_req, res, _surface, _fault, held) => {
    const body = cutOff(held?.body ?? '');
    res.setHeader('Content-Length', Buffer.byteLength(body));
    held?.send(body);
  },
};

/** Catches the answer when all is done and nothing has left: it goes out in one piece, through `end`. */
const hold = (res: Response, caught: (held: Held) => Promise<void>): void => {
  const end = res.end.bind(res);
  const once = (chunk: unknown): Response => {
    res.end = end;
    const body = typeof chunk === 'string' || Buffer.isBuffer(chunk) ? chunk.toString() : '';
    void caught({ body, send: (text) => end(text) });
    return res;
  };
  res.end = once as Response['end'];
};

/**
 * Counts the call, then delays, refuses, drops or spoils it as ordered, before `answer` does its work or after, or lets
 * `answer` answer it. `answer` may answer later than it returns.
 */
export const answerUnderFaults = async (
  { calls, faults, closing }: Ordered,
  surface: Surface,
  req: Request,
  res: Response,
  answer: () => unknown,
): Promise<void> => {
  calls.add(surface.key);
  const fault = faults.take(surface.key);
  if (fault?.after) {
    hold(res, async (held) => {
      await delay(fault.delayMs, closing);
      if (fault.deed) DEEDS[fault.deed](req, res, surface, fault, held);
      else held.send(held.body);
    });
  } else if (fault) {
    await delay(fault.delayMs, closing);
    if (fault.deed) return DEEDS[fault.deed](req, res, surface, fault, undefined);
  }
  await answer();
};
