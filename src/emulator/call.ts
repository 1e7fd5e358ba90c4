/**
 * One call to the API as a handler sees it, and the readers of what it carries.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Caller } from './credentials.ts';
import { paramMissing, refusal } from './errors.ts';
import type { World } from './world.ts';

export interface Call {
  readonly world: World;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: unknown;
  /** Undefined only where a route asks for no credential. */
  readonly caller: Caller | undefined;
}

/** Gives the body of a 200 answer, or throws a ModeError. */
export type Handler = (call: Call) => unknown;

/** Finds the caller, or throws a ModeError; undefined where a route asks for no credential. */
export type Admit = (world: World, headers: IncomingHttpHeaders) => Caller | undefined;

export interface Route {
  readonly method: string;
  readonly template: string;
  readonly handler: Handler;
  /** Who may call; HTTP Basic with a key where nothing is said. */
  readonly admit?: Admit;
  /** Media type of the answers, `application/hal+json` where nothing is said. */
  readonly type?: string;
}

/** Reads a parameter of the path. */
export const param = (call: Call, name: string): string => call.params[name] ?? '';

/** Gives the caller of a route that asks for a credential. */
export const callerOf = (call: Call): Caller => {
  if (!call.caller) throw refusal(401);
  return call.caller;
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Opens the object a body is wrapped in (CONFIRMED-O); unwrapped or empty is 400 `param_missing` (REPORTED, SDK). */
export const unwrap = (value: unknown, name: string): Record<string, unknown> => {
  const inner = isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  if (inner === undefined || inner === null) throw paramMissing(name);
  if (!isObject(inner)) throw refusal(400, `${name} must be an object`);
  if (Object.keys(inner).length === 0) throw paramMissing(name);
  return inner;
};

/** Reads a text that is one of a few; any other is 400 (assumption). */
export const choice = <T extends string>(
  value: Record<string, unknown>,
  name: string,
  allowed: readonly T[],
): T => {
  const text = textField(value, name);
  const found = allowed.find((one) => one === text);
  if (found === undefined) throw refusal(400, `${name} must be one of: ${allowed.join(', ')}`);
  return found;
};

/** Reads a required text. */
export const textField = (value: Record<string, unknown>, name: string): string => {
  const text = Object.hasOwn(value, name) ? value[name] : undefined;
  if (text === undefined || text === null) throw paramMissing(name);
  if (typeof text !== 'string') throw refusal(400, `${name} must be a string`);
  return text;
};
