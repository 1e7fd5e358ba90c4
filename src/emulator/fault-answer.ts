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

const delay = async (ms: number, signal: AbortSignal): Promise<void> => {
  if (ms > 0) await sleep(ms, undefined, { signal }).catch(() => undefined);
};

const sendFault = (res: Response, surface: Surface, status: number, fault: Fault): void => {
  const isText = typeof fault.body === 'string';
  const body = fault.body ?? (status >= 400 ? surface.errorBody(status) : {});
  res.status(status).type(isText ? 'text/plain' : surface.type);
  res.set(fault.headers ?? {});
  res.send(isText ? fault.body : JSON.stringify(body));
};

/**
 * Counts the call, then delays, refuses or drops it as ordered, or lets `answer` answer it. Where the order is
 * `dropAfter`, `answer` is told so: it does its work and destroys the socket instead of sending.
 */
export const answerUnderFaults = async (
  { calls, faults, closing }: Ordered,
  surface: Surface,
  req: Request,
  res: Response,
  answer: (isCutOff: boolean) => Promise<void>,
): Promise<void> => {
  calls.add(surface.key);
  const fault = faults.take(surface.key);
  if (fault) await delay(fault.delayMs, closing);
  if (fault?.drop === true) req.socket.destroy();
  else if (fault?.status !== undefined) sendFault(res, surface, fault.status, fault);
  else await answer(fault?.dropAfter === true);
};
