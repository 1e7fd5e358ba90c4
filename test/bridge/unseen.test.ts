/** What somebody changed in Mode by hand, before a sync has seen it, stands in nobody's way. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Bridge, startBridge, until } from '../support/bridge.ts';

let bridge: Bridge;
beforeAll(async () => {
  bridge = await startBridge();
});
afterAll(() => bridge.stop());

interface Member {
  readonly email: string;
  readonly state: string;
  readonly memberToken: string;
}
interface Group {
  readonly name: string;
  readonly memberTokens: readonly string[];
}

const truth = async (): Promise<{ members: readonly Member[]; groups: readonly Group[] }> =>
  (await bridge.control('GET', '/state')).body;

/** Those who are in the group in Mode. */
const membersOf = async (name: string): Promise<readonly string[]> => {
  const { members, groups } = await truth();
  const tokens = groups.find((group) => group.name === name)?.memberTokens ?? [];
  return members
    .filter(({ memberToken }) => tokens.includes(memberToken))
    .map(({ email }) => email)
    .sort();
};

/** Somebody who has joined, as SCIM knows too. */
const joined = async (name: string): Promise<{ id: string; email: string }> => {
  const email = `${name}@acme.example`;
  const body = { userName: email, emails: [{ value: email, primary: true }] };
  const { id } = (await bridge.scim('POST', '/Users', body)).body;
  await bridge.control('POST', '/join', { email });
  const extension = 'urn:ietf:params:scim:schemas:extension:mode:2.0:User';
  await until(
    `SCIM knows that ${name} joined`,
    async () => (await bridge.scim('GET', `/Users/${id}`)).body[extension]?.state === 'active',
  );
  return { id, email };
};

/** As when the webhook was lost, or is late. */
const removedUnseen = async (email: string): Promise<void> => {
  const { urls } = (await bridge.control('GET', '/webhooks')).body;
  await bridge.control('DELETE', '/webhooks');
  await bridge.control('POST', '/edit', { op: 'removeMember', email });
  for (const url of urls) await bridge.control('POST', '/webhooks', { url });
};

test('a group is made although one of its people was removed in Mode; she gets in when she is back', async () => {
  const stays = await joined('stays');
  const goes = await joined('goes');
  await removedUnseen(goes.email);
  const members = [goes, stays].map(({ id }) => ({ value: id }));
  const made = await bridge.scim('POST', '/Groups', { displayName: 'One went', members });
  expect([made.status, made.body.members?.length]).toEqual([201, 2]);
  expect(await membersOf('One went')).toEqual([stays.email]);
  // Deactivated and back again: invited anew, and the group has waited.
  for (const active of [false, true])
    await bridge.scim('PUT', `/Users/${goes.id}`, { userName: goes.email, active });
  await bridge.control('POST', '/join', { email: goes.email });
  await until('she is in it', async () => (await membersOf('One went')).includes(goes.email));
});

test('somebody who was removed in Mode is added to a group, and costs the others nothing', async () => {
  const stays = await joined('stays2');
  const goes = await joined('goes2');
  const { id } = (await bridge.scim('POST', '/Groups', { displayName: 'Later' })).body;
  await removedUnseen(goes.email);
  await bridge.calls();
  const value = [goes, stays].map((one) => ({ value: one.id }));
  const body = {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
    Operations: [{ op: 'add', path: 'members', value }],
  };
  expect((await bridge.scim('PATCH', `/Groups/${id}`, body)).status).toBe(204);
  expect(await membersOf('Later')).toEqual([stays.email]);
  const shown = (await bridge.scim('GET', `/Groups/${id}`)).body.members;
  expect(shown.map((one: { value: string }) => one.value).sort()).toEqual([goes.id, stays.id].sort());
  const extension = 'urn:ietf:params:scim:schemas:extension:mode:2.0:User';
  expect((await bridge.scim('GET', `/Users/${goes.id}`)).body[extension].state).toBe('former');
});

test.each(['deactivated', 'deleted'])(
  'who was removed and let in again by hand is out when she is %s',
  async (how) => {
    const { id, email } = await joined(`again-${how}`);
    await removedUnseen(email);
    const { url, workspace, token, secret } = bridge.emulator;
    const { urls } = (await bridge.control('GET', '/webhooks')).body;
    await bridge.control('DELETE', '/webhooks');
    await fetch(`${url}/api/${workspace}/invites`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${token}:${secret}`).toString('base64')}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ invite: { invitee: { email }, message: 'Sorry!' } }),
    });
    await bridge.control('POST', '/join', { email });
    for (const one of urls) await bridge.control('POST', '/webhooks', { url: one });
    const leave = {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
      Operations: [{ op: 'replace', path: 'active', value: false }],
    };
    const { status } =
      how === 'deleted'
        ? await bridge.scim('DELETE', `/Users/${id}`)
        : await bridge.scim('PATCH', `/Users/${id}`, leave);
    expect(status).toBeLessThan(300);
    expect((await truth()).members.find((member) => member.email === email)?.state).toBe('former');
  },
);
