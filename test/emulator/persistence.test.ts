/**
 * With a data folder the emulator's state outlives it: closed, killed with -9, or cut off in the middle of a line.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DEFAULT_SECRET, DEFAULT_TOKEN } from '../../src/emulator/options.ts';
import { createEmulator } from '../../src/emulator/server.ts';
import {
  basic,
  closeAll,
  inviting,
  type Json,
  type Mode,
  memberOf,
  send,
  startMode,
} from './support/emulator.ts';

let dir: string;
const children: ChildProcess[] = [];
const servers: Server[] = [];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'mode-emulator-'));
});

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const server of servers.splice(0)) server.close();
  await closeAll();
  rmSync(dir, { recursive: true });
});

const WS = '/api/acme';
const truth = async (mode: Mode): Promise<Json> => (await mode.control('GET', '/state')).body;
const journal = (): string => join(dir, readdirSync(dir).find((name) => name.includes('journal')) ?? '');

/** Makes one change of every kind. */
const changeAll = async (mode: Mode): Promise<void> => {
  const { members, groups, connections, collections } = await truth(mode);
  const [first, , third, fourth, fifth] = members;
  await mode.post(`${WS}/invites`, inviting('new.one@acme.example'));
  await mode.post(`${WS}/invites`, inviting('new.two@acme.example'));
  await mode.control('POST', '/join', { email: 'new.one@acme.example' });
  await mode.call(
    'DELETE',
    `${WS}/memberships/${(await memberOf(mode, 'new.two@acme.example')).membershipToken}`,
  );
  await mode.call('DELETE', `${WS}/memberships/${third.membershipToken}`);
  await mode.control('POST', '/edit', { op: 'setAdmin', email: fourth.email, admin: true });
  await mode.control('POST', '/edit', { op: 'touch', email: fifth.email, at: '2026-02-03T04:05:06Z' });
  await mode.control('POST', '/webhooks', { url: 'http://127.0.0.1:9/hook' });
  const { token } = (await mode.post(`${WS}/groups`, { user_group: { name: 'Kept' } })).body;
  await mode.post(`${WS}/groups/${token}/memberships`, { membership: { member_token: first.memberToken } });
  await mode.call('PATCH', `${WS}/groups/${groups[0].token}`, { user_group: { name: 'Renamed' } });
  await mode.call('DELETE', `${WS}/groups/${groups[1].token}`);
  const access = { resourceToken: connections[0].token, accessorToken: first.memberToken };
  await mode.control('POST', '/edit', { op: 'grantAccess', ...access, action: 'query' });
  await mode.control('POST', '/edit', { op: 'grantAccess', ...access, action: 'manage' });
  await mode.call('DELETE', `${WS}/spaces/${collections[1].token}/permissions`);
  await mode.call('DELETE', `${WS}/spaces/${collections[2].token}`);
  await mode.post(`${WS}/spaces`, { space: { name: 'Kept' } });
};

it('remembers every kind of change after it was closed, and after the next start too', async () => {
  const first = await startMode({ dataDir: dir });
  await changeAll(first);
  const before = await truth(first);
  await closeAll();
  for (const _start of [1, 2]) {
    const again = await startMode({ dataDir: dir, people: 7, groups: 1 });
    expect(await truth(again)).toEqual(before);
    expect((await again.control('GET', '/webhooks')).body.urls).toEqual(['http://127.0.0.1:9/hook']);
    await closeAll();
  }
  const { state, close } = createEmulator({ dataDir: dir });
  expect(state.auditLog.length).toBeGreaterThan(10);
  const touched = [...state.people.values()][4];
  expect(touched?.lastActivityAt).toBe('2026-02-03T04:05:06.000Z');
  await close();
});

it('remembers what derives from changes: names of deleted groups, ids in use', async () => {
  const first = await startMode({ dataDir: dir });
  const invited = await first.post(`${WS}/invites`, inviting('one@acme.example'));
  const [group] = (await truth(first)).groups;
  await first.call('DELETE', `${WS}/groups/${group.token}`);
  await closeAll();
  const again = await startMode({ dataDir: dir });
  const { token } = (await again.post(`${WS}/groups`, { user_group: { name: group.name } })).body;
  expect((await again.call('DELETE', `${WS}/groups/${token}`)).body.state).toBe('active');
  const next = await again.post(`${WS}/invites`, inviting('one@other.example'));
  expect(Number(next.body.invitee_id)).toBe(Number(invited.body.invitee_id) + 1);
  expect(next.body._links.invitee.href).toBe('/api/one2');
});

it('loses nothing acknowledged to kill -9', async () => {
  const script = resolve(import.meta.dirname, 'support/run-emulator.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', script, dir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const [line] = await once(child.stdout, 'data');
  const url = String(line).trim();
  const headers = { authorization: basic(DEFAULT_TOKEN, DEFAULT_SECRET), 'content-type': 'application/json' };
  const acknowledged: string[] = [];
  const inviteUntilKilled = async (worker: number): Promise<void> => {
    for (let count = 0; ; count += 1) {
      const email = `w${worker}n${count}@acme.example`;
      const body = JSON.stringify(inviting(email));
      const { status } = await send(`${url}${WS}/invites`, { method: 'POST', headers, body });
      if (status === 200) acknowledged.push(email);
      if (acknowledged.length === 60) child.kill('SIGKILL');
    }
  };
  await Promise.allSettled([1, 2, 3, 4].map(inviteUntilKilled));
  expect(acknowledged.length).toBeGreaterThanOrEqual(60);
  const { members } = await truth(await startMode({ dataDir: dir }));
  expect(members.map((one: Json) => one.email)).toEqual(expect.arrayContaining(acknowledged));
});

it('passes over a last line that was cut off, and goes on', async () => {
  const first = await startMode({ dataDir: dir });
  await first.post(`${WS}/invites`, inviting('whole@acme.example'));
  const before = await truth(first);
  await closeAll();
  appendFileSync(journal(), '[{"kind":"person","person":{"id":"1');
  const again = await startMode({ dataDir: dir });
  expect(await truth(again)).toEqual(before);
  await again.post(`${WS}/invites`, inviting('later@acme.example'));
  await closeAll();
  expect((await truth(await startMode({ dataDir: dir }))).members).toHaveLength(before.members.length + 1);
});

it('refuses to start on a line in the middle that cannot be read, or on another workspace', async () => {
  await startMode({ dataDir: dir });
  await closeAll();
  expect(() => createEmulator({ dataDir: dir, workspace: 'other' })).toThrow('holds the workspace "acme"');
  writeFileSync(journal(), 'nonsense\n');
  expect(() => createEmulator({ dataDir: dir })).toThrow('line 1 cannot be read; --fresh starts anew');
});

it('starts anew with fresh, and leaves files of others alone', async () => {
  const first = await startMode({ dataDir: dir });
  const before = await truth(first);
  await first.post(`${WS}/invites`, inviting('gone@acme.example'));
  await closeAll();
  writeFileSync(join(dir, 'notes.txt'), 'mine');
  expect(await truth(await startMode({ dataDir: dir, fresh: true }))).toEqual(before);
  expect(readFileSync(join(dir, 'notes.txt'), 'utf8')).toBe('mine');
});

it('writes no more per change for 3,000 people than for 6', async () => {
  const written: number[] = [];
  for (const people of [6, 3000]) {
    const mode = await startMode({ dataDir: dir, fresh: true, people });
    const before = statSync(journal()).size;
    await mode.post(`${WS}/invites`, inviting('new@acme.example'));
    written.push(statSync(journal()).size - before);
    await closeAll();
  }
  expect(written[0]).toBeGreaterThan(0);
  expect(Math.abs((written[1] ?? 0) - (written[0] ?? 0))).toBeLessThan(40);
});

it('changes nothing when the change cannot be kept', async () => {
  const { app, state, close } = createEmulator({ dataDir: dir });
  await close();
  const server = app.listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const people = state.people.size;
  const { status, body } = await send(`http://127.0.0.1:${port}${WS}/invites`, {
    method: 'POST',
    headers: { authorization: basic(DEFAULT_TOKEN, DEFAULT_SECRET), 'content-type': 'application/json' },
    body: JSON.stringify(inviting('lost@acme.example')),
  });
  expect([status, body.id, state.people.size]).toEqual([500, 'internal_server_error', people]);
});
