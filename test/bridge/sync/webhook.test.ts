/** Mode's webhook says that somebody joined: heeded at once, and not more often than Mode bears. */
import { describe, expect, test } from '@jest/globals';
import type { Bridge } from '../../support/bridge.ts';
import { until } from '../../support/bridge.ts';
import { engines, onSqlite } from '../../support/engines.ts';
import { type Workspace, workspaceOf } from '../../support/workspace.ts';

let bridge: Bridge;

const opener = (start: ReturnType<typeof onSqlite.bridges>) => async (): Promise<Workspace> => {
  bridge = await start({ emulator: { people: 8, groups: 2 } });
  return workspaceOf(bridge);
};

describe.each(engines)('the webhook, on $engine', ({ bridges }) => {
  const open = opener(bridges());

  test('that calls 200 times at once makes few looks at the members', async () => {
    const mode = await open();
    const id = await mode.create('ann@acme.example');
    const address = `${bridge.server.url}/hooks/mode/${bridge.connection.webhookSecret}`;
    const body = JSON.stringify({ event: 'member_joined_organization' });
    const call = () =>
      fetch(address, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    await mode.withoutWebhooks();
    await bridge.calls();
    const answers = Array.from({ length: 199 }, call);
    await mode.join('ann@acme.example');
    answers.push(call());
    expect(new Set((await Promise.all(answers)).map(({ status }) => status))).toEqual(new Set([200]));
    await mode.untilState(id, 'active');
    expect((await bridge.calls()).total).toBeLessThanOrEqual(24);
  });
});

describe('the webhook', () => {
  const open = opener(onSqlite.bridges());

  test('is heeded also where Mode fails just then: Mode calls once, so the bridge asks again', async () => {
    const mode = await open();
    const id = await mode.create('ann@acme.example');
    await mode.fault({ route: 'GET /api/{workspace}/memberships/lite', status: 400, times: 1 });
    await mode.join('ann@acme.example');
    await until('it has failed', async () => bridge.logged.some((line) => line.includes('sync.failed')));
    await mode.untilState(id, 'active', 15_000);
  });
});
