/** Takes one change out of attributes that others may have changed since. */
import { isDeepStrictEqual } from 'node:util';
import type { Attributes } from '../model.ts';

const isComplex = (value: unknown): value is Attributes =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value as it was, where it is still what the change made of it; of a complex one that holds for each part. */
const valueWithout = (now: unknown, before: unknown, after: unknown): unknown => {
  if (isDeepStrictEqual(before, after)) return now;
  if (isDeepStrictEqual(now, after)) return before;
  const was = before ?? {};
  return isComplex(now) && isComplex(was) && isComplex(after) ? withoutChange(now, was, after) : now;
};

/** What is there now, but for the change from `before` to `after`; what somebody else has written over it since stays. */
export const withoutChange = (now: Attributes, before: Attributes, after: Attributes): Attributes => {
  const names = new Set([now, before, after].flatMap(Object.keys));
  const values = [...names].map(
    (name) => [name, valueWithout(now[name], before[name], after[name])] as const,
  );
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
};
