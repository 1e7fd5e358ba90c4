/**
 * The emulator starts and ends cleanly, and stays quick when it is large.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type EmulatorOptions, startEmulator } from '../../src/emulator/server.ts';
import { closeAll, inviting, membersIn, startMode } from './support/emulator.ts';

afterEach(closeAll);

const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
};

it('closes at once though clients keep their connections open', async () => {
  const mode = await startMode();
  await mode.get('/api/acme');
  expect(await timed(() => mode.close())).toBeLessThan(1500);
});

it('cuts a delay short when it closes, and still keeps what that call changed', async () => {
  const mode = await startMode();
  await mode.control('POST', '/faults', { route: '*', delayMs: 60_000 });
  const call = mode.post('/api/acme/invites', inviting('late@acme.example'));
  while ((await mode.control('GET', '/calls')).body.total === 0)
    await new Promise((wake) => setTimeout(wake, 5));
  expect(await timed(() => mode.close())).toBeLessThan(1500);
  expect((await call).status).toBe(200);
});

it('says so when its port is taken', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as AddressInfo;
  const refused = await startEmulator({ port }).catch(String);
  other.close();
  expect(refused).toContain('EADDRINUSE');
});

/** Makes a writer that tells how long one round of changes to a workspace takes. */
const createWriter = async (options: EmulatorOptions) => {
  const mode = await startMode(options);
  const [, , third] = await membersIn(mode, 'active');
  const { token } = (await mode.post('/api/acme/groups', { user_group: { name: 'Robotics' } })).body;
  const add = { membership: { member_token: third.memberToken } };
  let round = 0;
  return () =>
    timed(async () => {
      round += 1;
      await mode.post('/api/acme/invites', inviting(`same@host${round}.example`));
      const { body } = await mode.post(`/api/acme/groups/${token}/memberships`, add);
      await mode.call('DELETE', body._links.self.href);
    });
};

const median = (times: readonly number[]): number => times.toSorted((a, b) => a - b)[times.length >> 1] ?? 0;

it('takes no longer for a write among 50,000 people than among 40, give or take', async () => {
  const few = await createWriter({});
  const many = await createWriter({ people: 50_000, groups: 1000 });
  const times: { few: number[]; many: number[] } = { few: [], many: [] };
  for (let round = 0; round < 60; round += 1) {
    times.few.push(await few());
    times.many.push(await many());
  }
  expect(median(times.many)).toBeLessThan(median(times.few) * 3 + 1);
});
