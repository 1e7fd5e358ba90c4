/** What Mode's SCIM endpoint refuses of a person is taken back, and what others asked for of her meanwhile is not. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { RunningEmulator } from '../../src/emulator/server.ts';
import { type Bridge, startBridge, until } from '../support/bridge.ts';
import { createGate } from '../support/gate.ts';
import { type Workspace, workspaceOf } from '../support/workspace.ts';

const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const CHANGE = 'PATCH /scim/v2/Users/{id}';
const CHANGING = /^PATCH \/scim\/v2\/Users\//;
const REFUSED = { status: 409, body: { detail: 'The address is taken' } };

const gate = createGate();
let bridge: Bridge;
let mode: Workspace;
beforeAll(async () => {
  const credentials = async ({ scimUrl, scimToken }: RunningEmulator) => {
    const url = new URL(new URL(scimUrl).pathname, await gate.open(scimUrl)).href;
    return { scim: { url, token: scimToken } };
  };
  bridge = await startBridge({ wayIn: 'scim', credentials, emulator: { scim: { enabled: true } } });
  mode = workspaceOf(bridge);
});
afterAll(async () => {
  await bridge.stop();
  gate.close();
});

const person = (email: string, more: object = {}) => ({
  userName: email,
  emails: [{ value: email, type: 'work', primary: true }],
  name: { familyName: 'Meitner' },
  ...more,
});
const created = async (email: string): Promise<string> => {
  const { id } = (await bridge.scim('POST', '/Users', person(email))).body;
  await mode.untilState(id, 'active');
  return id;
};
const shown = async (id: string) => (await bridge.scim('GET', `/Users/${id}`)).body;
/** What Mode's SCIM endpoint shows of her. */
const inMode = async (email: string) => {
  const { scimUrl, scimToken } = bridge.emulator;
  const filter = encodeURIComponent(`emails.value eq "${email}"`);
  const headers = { authorization: `Bearer ${scimToken}` };
  const answer = await fetch(`${scimUrl}/Users?filter=${filter}`, { headers });
  return ((await answer.json()) as { Resources: object[] }).Resources[0];
};
const settled = () =>
  until(
    'nothing is owed',
    async () => (await bridge.deps.store.unsettled.list(bridge.connection.id)).length === 0,
  );
const patch = (op: string, path: string, value: string) => ({
  schemas: [PATCH_OP],
  Operations: [{ op, path, value }],
});

/** Asks, and waits until it is written down. */
const asking = async (id: string, method: string, body: object) => {
  const version = async () => (await bridge.deps.store.users.findAny(bridge.connection.id, id))?.version ?? 0;
  const before = await version();
  const answer = bridge.scim(method, `/Users/${id}`, body).then(({ status }) => status);
  await until('it is written down', async () => (await version()) > before);
  return { answer };
};

test('an address that Mode refuses is taken back, and what somebody else wrote meanwhile stays', async () => {
  const email = 'lise@acme.example';
  const id = await created(email);
  await mode.fault({ route: CHANGE, ...REFUSED });
  const asked = gate.hold(CHANGING, 'asked');
  const refused = await asking(id, 'PUT', person('otto@acme.example', { active: true }));
  await asked.reached;
  const other = await asking(id, 'PATCH', patch('add', 'title', 'Dr'));
  asked.release();
  expect([await refused.answer, await other.answer]).toEqual([409, 200]);
  expect(await shown(id)).toMatchObject({ userName: email, emails: [{ value: email }], title: 'Dr' });
  await settled();
  const { status } = await bridge.scim(
    'PATCH',
    `/Users/${id}`,
    patch('replace', 'name.familyName', 'Frisch'),
  );
  expect(status).toBe(200);
  expect(await inMode(email)).toMatchObject({ userName: email, name: { familyName: 'Frisch' } });
});

test('an address that Mode refuses is taken back alone, and what somebody else asked for is carried out', async () => {
  const email = 'marie@acme.example';
  const id = await created(email);
  const answered = gate.hold(CHANGING, 'answered');
  const before = await asking(id, 'PATCH', patch('add', 'name.givenName', 'Marie'));
  await answered.reached;
  // Both are owed when the first of them is carried out.
  const refused = await asking(id, 'PATCH', patch('replace', 'userName', 'taken@acme.example'));
  const other = await asking(id, 'PATCH', patch('replace', 'name.familyName', 'Curie'));
  await mode.fault({ route: CHANGE, ...REFUSED });
  answered.release();
  expect([await before.answer, await refused.answer, await other.answer]).toEqual([200, 409, 200]);
  const wished = { userName: email, name: { givenName: 'Marie', familyName: 'Curie' } };
  expect(await shown(id)).toMatchObject(wished);
  await settled();
  expect(await inMode(email)).toMatchObject(wished);
});
