/** `Retry-After`, whole seconds or a date (RFC 9110 §10.2.3). */
import { readRetryAfter } from '../../src/mode/refusal.ts';

const NOW = Date.parse('2026-01-01T00:00:00Z');

it.each([
  ['0', 0],
  ['90', 90_000],
  [' 7 ', 7000],
  ['99999999999', 300_000],
  ['Thu, 01 Jan 2026 00:02:00 GMT', 120_000],
  ['Thu, 01 Jan 2026 09:00:00 GMT', 300_000],
  ['Wed, 31 Dec 2025 23:59:00 GMT', 0],
  ['soon', undefined],
  ['-5', undefined],
  ['1.5', undefined],
  ['', undefined],
  [undefined, undefined],
])('of %j is %j milliseconds', (header, wanted) => {
  expect(readRetryAfter(header, NOW)).toBe(wanted);
});
