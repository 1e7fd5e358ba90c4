/**
 * Runscope's after-scripts: JavaScript with `assert` (of chai), `log`, `response` and `variables`. They run in a
 * context of their own with a time limit. The suite is a file we chose: the context keeps it apart, it is no jail.
 */
import { isDeepStrictEqual } from 'node:util';
import { runInNewContext } from 'node:vm';
import type { Exchange } from './exchange.ts';
import type { Variables } from './variables.ts';

const TIME_LIMIT_MS = 1_000;

export interface ScriptOutcome {
  readonly passed: number;
  /** What the first assertion that failed, or the script itself, said. */
  readonly failure: string | undefined;
}

type Check = (...values: readonly unknown[]) => boolean;

/** Of chai's assertions those that a script about JSON would use; another one is a TypeError, which is a failure. */
const CHECKS: Readonly<Record<string, { readonly holds: Check; readonly arity: number }>> = {
  ok: { arity: 1, holds: (value) => Boolean(value) },
  isOk: { arity: 1, holds: (value) => Boolean(value) },
  notOk: { arity: 1, holds: (value) => !value },
  isTrue: { arity: 1, holds: (value) => value === true },
  isFalse: { arity: 1, holds: (value) => value === false },
  isNull: { arity: 1, holds: (value) => value === null },
  isNotNull: { arity: 1, holds: (value) => value !== null },
  isDefined: { arity: 1, holds: (value) => value !== undefined },
  isArray: { arity: 1, holds: (value) => Array.isArray(value) },
  isNumber: { arity: 1, holds: (value) => typeof value === 'number' },
  isString: { arity: 1, holds: (value) => typeof value === 'string' },
  isBoolean: { arity: 1, holds: (value) => typeof value === 'boolean' },
  // biome-ignore lint/suspicious/noDoubleEquals: chai's `equal` is `==`.
  equal: { arity: 2, holds: (actual, expected) => actual == expected },
  strictEqual: { arity: 2, holds: (actual, expected) => actual === expected },
  notEqual: { arity: 2, holds: (actual, expected) => actual !== expected },
  deepEqual: { arity: 2, holds: (actual, expected) => isDeepStrictEqual(actual, expected) },
  include: {
    arity: 2,
    holds: (all, one) =>
      Array.isArray(all) ? all.includes(one) : typeof all === 'string' && all.includes(String(one)),
  },
  property: { arity: 2, holds: (value, name) => Object.hasOwn(Object(value), String(name)) },
};

const createAssert = (onPass: () => void) => {
  const judge = (name: string, holds: boolean, message: unknown): void => {
    if (!holds) throw new Error(`assert.${name}: ${String(message ?? 'does not hold')}`);
    onPass();
  };
  const assert = (value: unknown, message?: unknown): void => judge('ok', Boolean(value), message);
  for (const [name, { holds, arity }] of Object.entries(CHECKS)) {
    Object.assign(assert, {
      [name]: (...values: readonly unknown[]) => judge(name, holds(...values), values[arity]),
    });
  }
  return assert;
};

const messageOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error);

/** Runs a script on an answer. A script that asserts nothing has failed: it has looked at something unforeseen. */
export const runScript = (code: string, exchange: Exchange, variables: Variables): ScriptOutcome => {
  let passed = 0;
  const assert = createAssert(() => {
    passed += 1;
  });
  const { status, text, headers, elapsedMs } = exchange;
  const response = { status, body: text, headers: Object.fromEntries(headers), response_time: elapsedMs };
  const context = {
    assert,
    log: () => undefined,
    response,
    variables: { get: variables.get, set: variables.set },
  };
  try {
    runInNewContext(code, context, { timeout: TIME_LIMIT_MS });
  } catch (error) {
    return { passed, failure: messageOf(error) };
  }
  return { passed, failure: passed === 0 ? 'the script made no assertion' : undefined };
};
