/** How long Mode's API tokens still hold: assumed where nobody said, warned of in time, and said in every place (mode-api.md §1). */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { setConnection } from '../../src/directory/connections/connections.ts';
import {
  credentialStanding,
  sayStanding,
  standingRemedy,
} from '../../src/directory/connections/credential-age.ts';
import type { Connection } from '../../src/directory/model.ts';
import { type CredentialWatch, startCredentialWatch } from '../../src/jobs/credential-watch.ts';
import { realTiming } from '../../src/mode/index.ts';
import { type Bridge, startBridge } from '../support/bridge.ts';

const DAY_MS = 86_400_000;

describe('what is known of a token', () => {
  const SET = '2026-01-01T12:00:00.000Z';
  const known = {
    wayIn: 'scim',
    credentialsSetAt: SET,
    credentialsExpire: null,
    credentialsCheck: null,
    scimCheck: null,
  } as const;
  const later = (days: number) => new Date(Date.parse(SET) + days * DAY_MS);

  test.each([
    ['new, nothing said', null, 0, 'fine', 90, "expires on 2026-04-01 (assumed: Mode's default of 90 days)"],
    ['31 days left', null, 59, 'fine', 31, "expires on 2026-04-01 (assumed: Mode's default of 90 days)"],
    ['30 days left', null, 60, 'soon', 30, "expires in 30 days (assumed: Mode's default of 90 days)"],
    ['1 day left, as said', '2026-01-05T12:00:00.000Z', 3, 'soon', 1, 'expires in 1 day'],
    ['the last hour', '2026-01-05T12:00:00.000Z', 3.99, 'soon', 0, 'expires in 0 days'],
    ['over, as said', '2026-01-05T12:00:00.000Z', 4.01, 'over', -1, 'should have expired on 2026-01-05'],
    ['never', 'never', 4000, 'fine', null, 'never expires'],
  ])('%s', (_what, credentialsExpire, days, level, daysLeft, words) => {
    const standing = credentialStanding({ ...known, credentialsExpire }, later(days));
    expect(standing).toMatchObject({ level, daysLeft, ageDays: Math.floor(days) });
    expect(sayStanding(standing)).toBe(words);
  });

  test('a refusal outweighs every date', () => {
    const credentialsCheck = { refusedSince: SET, checkedAt: SET };
    const standing = credentialStanding({ ...known, credentialsExpire: 'never', credentialsCheck }, later(1));
    expect([standing.level, sayStanding(standing)]).toEqual(['refused', `is refused by Mode since ${SET}`]);
  });

  test('a SCIM token that is refused is said beside the API token, whichever wants renewing', () => {
    const refused = { ...known, scimCheck: { refusedSince: SET, checkedAt: SET } };
    const judged = (days: number, more: Partial<Connection> = {}) => {
      const standing = credentialStanding({ ...refused, ...more }, later(days));
      return [standing.level, sayStanding(standing), standingRemedy('acme', standing)];
    };
    const scimToken = /^Make a new SCIM token .*renew acme --mode-scim-token TOKEN\.$/;
    const both = /renew acme --mode-scim-token TOKEN\. Make a new token .*renew acme\./;
    const said = `; its SCIM token is refused by Mode since ${SET}`;
    expect([judged(1), judged(60), judged(1, { credentialsCheck: refused.scimCheck })]).toEqual([
      [
        'refused',
        expect.stringMatching(`^expires on 2026-04-01 .*${said}$`),
        expect.stringMatching(scimToken),
      ],
      ['refused', expect.stringMatching(`^expires in 30 days .*${said}$`), expect.stringMatching(both)],
      ['refused', `is refused by Mode since ${SET}${said}`, expect.stringMatching(both)],
    ]);
    expect(judged(1, { wayIn: 'invite' })).toEqual([
      'fine',
      expect.stringMatching(/default of 90 days\)$/),
      null,
    ]);
  });
});

describe('a bridge whose token comes to its end', () => {
  let skippedMs = 0;
  const timing = { ...realTiming, now: () => Date.now() + skippedMs };
  let bridge: Bridge;
  let watch: CredentialWatch;
  beforeAll(async () => {
    bridge = await startBridge({ timing });
    watch = startCredentialWatch(bridge.deps);
  });
  afterAll(async () => {
    await watch.stop();
    await bridge.stop();
  });

  const ready = async () => (await fetch(`${bridge.server.url}/readyz`)).json();
  const said = () => bridge.logged.filter((line) => line.includes('"mode.credential.aging"'));

  test('says nothing for 58 days, then warns in readiness, which stays 200, and once a day in the log', async () => {
    skippedMs = 58 * DAY_MS;
    await watch.look();
    expect([await ready(), said()]).toEqual([{ status: 'ready' }, []]);
    skippedMs = 61 * DAY_MS;
    const warning = {
      connectionId: bridge.connection.id,
      code: 'credential.soon',
      message: expect.stringMatching(
        /"first" expires in 28 days \(assumed.*connection renew first\..*--expires/,
      ),
    };
    expect(await ready()).toEqual({ status: 'ready', warnings: [warning] });
    await watch.look();
    await watch.look();
    skippedMs += 23 * 3_600_000;
    await watch.look();
    expect(said()).toEqual([
      expect.stringMatching(/"level":"warn".*"state":"soon".*"daysLeft":28,"isAssumed":true/),
    ]);
    skippedMs += 2 * 3_600_000;
    await watch.look();
    expect(said()).toHaveLength(2);
    await setConnection(bridge.deps, bridge.connection, { credentialsExpire: 'never' });
    skippedMs += 2 * DAY_MS;
    await watch.look();
    expect([await ready(), said().length]).toEqual([{ status: 'ready' }, 2]);
  });

  test('starts anew with a new token', async () => {
    const before = bridge.deps.now().toISOString();
    await bridge.renew({ token: bridge.emulator.token, secret: bridge.emulator.secret });
    const [renewed] = await bridge.deps.store.connections.list();
    expect(renewed?.credentialsExpire).toBeNull();
    expect((renewed?.credentialsSetAt ?? '') >= before).toBe(true);
    expect(await ready()).toEqual({ status: 'ready' });
  });
});

describe('a bridge whose SCIM token is refused while its API token comes to its end', () => {
  test('is told of both', async () => {
    let skippedMs = 0;
    const timing = { ...realTiming, now: () => Date.now() + skippedMs };
    const bridge = await startBridge({ timing, wayIn: 'scim', emulator: { scim: { enabled: true } } });
    try {
      skippedMs = 61 * DAY_MS;
      const now = bridge.deps.now().toISOString();
      await bridge.deps.store.connections.markChecked(bridge.connection, 'scim', {
        refusedSince: now,
        checkedAt: now,
      });
      const watch = startCredentialWatch(bridge.deps);
      await watch.look();
      await watch.stop();
      expect(await (await fetch(`${bridge.server.url}/readyz`)).json()).toMatchObject({
        connections: [{ code: 'mode.credential.refused', message: expect.stringContaining('SCIM token') }],
        warnings: [{ code: 'credential.soon', message: expect.stringContaining('expires in 28 days') }],
      });
      const said = bridge.logged.filter((line) => line.includes('"mode.credential.aging"'));
      expect(said).toEqual([
        expect.stringMatching(/"state":"soon".*"daysLeft":28.*connection renew first\./),
        expect.stringMatching(/"state":"refused".*"daysLeft":null.*--mode-scim-token/),
      ]);
    } finally {
      await bridge.stop();
    }
  });
});
