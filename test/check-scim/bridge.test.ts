/** The bridge under its own judge: every profile, tolerant and strict. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Bridge, startBridge } from '../support/bridge.ts';
import { failedIn, run } from './support/run.ts';

let bridge: Bridge;
beforeAll(async () => {
  bridge = await startBridge();
});
afterAll(() => bridge.stop());

const told = (outcome: Awaited<ReturnType<typeof run>>) =>
  failedIn(outcome).map(({ id, failure }) => ({ id, expected: failure?.expected, got: failure?.got }));

describe('the bridge', () => {
  test('passes every profile, tolerant, and is left as it was', async () => {
    const before = (await bridge.scim('GET', '/Users?count=0')).body.totalResults;
    const outcome = await run({
      url: `${bridge.server.url}/scim/v2`,
      token: bridge.token,
      timeoutMs: 20_000,
    });
    expect(told(outcome)).toEqual([]);
    expect(outcome.left).toEqual([]);
    expect((await bridge.scim('GET', '/Users?count=0')).body.totalResults).toBe(before);
    const found = await bridge.scim(
      'GET',
      `/Groups?filter=${encodeURIComponent('displayName sw "check-scim-"')}`,
    );
    expect(found.body.totalResults).toBe(0);
  }, 60_000);

  test('passes every profile on a strict connection, strict', async () => {
    const { token } = await bridge.addConnection('strict', { strict: true });
    const url = `${bridge.server.url}/scim/v2`;
    const outcome = await run({ url, token, strict: true, timeoutMs: 20_000 });
    expect(told(outcome)).toEqual([]);
    expect(outcome.left).toEqual([]);
  }, 60_000);
});
