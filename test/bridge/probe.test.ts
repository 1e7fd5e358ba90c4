/** What the credentials of a connection can really do: told by kind of token, without an effect in Mode, whatever fails. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { type Probe, probeConnection, probeInviting } from '../../src/directory/probe/probe.ts';
import type { EmulatorOptions } from '../../src/emulator/server.ts';
import { type Bridge, type BridgeOptions, scimAlone, startBridge } from '../support/bridge.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const start = async (emulator: EmulatorOptions, options: BridgeOptions = {}): Promise<Bridge> => {
  const bridge = await startBridge({ emulator, sync: false, ...options });
  closing.push(bridge.stop);
  return bridge;
};
const look = async ({ deps, connection }: Bridge): Promise<ReadonlyMap<string, Probe>> => {
  const { probes } = await probeConnection(deps, connection);
  return new Map(probes.map((probe) => [probe.ability, probe]));
};
const results = (probes: ReadonlyMap<string, Probe>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...probes].map(([ability, { result, isMissing }]) => [ability, result + (isMissing ? '!' : '')]),
  );

const ADMIN = {
  'sign in': 'yes',
  'list members': 'yes',
  'see e-mail addresses': 'yes',
  'remove members': 'yes',
  'read groups': 'yes',
  'write groups': 'unknown',
  'a free seat': 'yes',
  'list connections': 'yes',
  'list collections': 'yes',
  'Discovery (activity)': 'no',
  "Mode's SCIM endpoint": 'no',
};

describe('by kind of token', () => {
  test('an older personal token of an admin: nothing is missing, inviting cannot be tried', async () => {
    const bridge = await start({});
    const probes = await look(bridge);
    expect(results(probes)).toEqual({
      ...ADMIN,
      'invite people': 'unknown',
      'enter by SAML': 'unknown',
      'read the audit log': 'no',
    });
    expect(probes.get('invite people')).toMatchObject({
      isNeeded: true,
      why: expect.stringContaining('Cannot be tried without inviting somebody'),
      remedy: expect.stringContaining('--way-in jit'),
    });
    expect(probes.get('enter by SAML')).toMatchObject({ isNeeded: false });
    const { byRoute } = await bridge.calls();
    expect(Object.keys(byRoute).filter((route) => !route.startsWith('GET '))).toEqual([]);
  });

  test('a Workspace token cannot invite: that is missing where people are invited, and only there', async () => {
    const bridge = await start({ tokenKind: 'workspace' });
    const probes = await look(bridge);
    expect(results(probes)).toEqual({
      ...ADMIN,
      'invite people': 'no!',
      'enter by SAML': 'unknown',
      'read the audit log': 'yes',
    });
    expect(probes.get('invite people')?.remedy).toMatch(
      /connection renew first.*connection set first --way-in jit/,
    );
    const jit = await bridge.addConnection('jit', { wayIn: 'jit' });
    const other = await look({ ...bridge, ...jit });
    expect(results(other)).toMatchObject({ 'invite people': 'no', 'enter by SAML': 'unknown' });
    expect(other.get('enter by SAML')).toMatchObject({
      isNeeded: true,
      why: expect.stringContaining('acme.example'),
    });
  });

  test('a Workspace token whose kind Mode does not name is known by the audit log that it reads', async () => {
    const bridge = await start({ tokenKind: 'workspace' });
    await bridge.control('POST', '/faults', {
      route: 'GET /api/verify',
      status: 200,
      body: { workspace: 'acme' },
      times: 2,
    });
    const probes = await look(bridge);
    expect(probes.get('sign in')?.why).toBe('workspace "acme", a Workspace token');
    expect(probes.get('invite people')).toMatchObject({ result: 'no', isMissing: true });
    const { deps, connection } = bridge;
    expect(await probeInviting(deps, connection)).toMatchObject({ result: 'no' });
  });

  test('a token of another workspace is no token of this one', async () => {
    const bridge = await start({});
    const { deps, connection } = bridge;
    const other = await look({ ...bridge, deps, connection: { ...connection, workspace: 'globex' } });
    expect(other.get('sign in')).toMatchObject({
      result: 'no',
      isMissing: true,
      why: 'The token belongs to the workspace "acme", the connection to "globex".',
    });
  });

  test('a Member token of somebody who is no admin: each thing that is hidden from it is missing, with a remedy', async () => {
    const seeded = await start({});
    const { members } = (await seeded.control('GET', '/state')).body;
    const plain = members.find(
      (one: { admin: boolean; state: string }) => !one.admin && one.state === 'active',
    );
    const bridge = await start({ tokenKind: 'member', credentials: [] });
    const owned = await start({
      credentials: [
        { token: 'owned-token', secret: 'owned-secret', kind: 'member', ownerEmail: plain.email },
      ],
    });
    await owned.renew({ token: 'owned-token', secret: 'owned-secret' });
    const [connection] = await owned.deps.store.connections.list();
    const probes = await look({ ...owned, ...(connection ? { connection } : {}) });
    expect(results(probes)).toMatchObject({
      'sign in': 'yes',
      'list members': 'no!',
      'see e-mail addresses': 'yes',
      'remove members': 'no!',
      'read groups': 'no!',
      'write groups': 'no!',
      'invite people': 'unknown',
      'read the audit log': 'no',
    });
    expect(probes.get('list members')?.why).toContain('short list');
    for (const probe of probes.values())
      if (probe.isMissing) expect(probe.remedy).toContain('connection renew');
    expect(results(await look(bridge))).toMatchObject({ 'sign in': 'yes', 'read the audit log': 'no' });
  });
});

describe('whatever fails', () => {
  const hasty = () => start({}, { config: { MODE_TIMEOUT_MS: '500' } });
  const faultOf =
    ({ control }: Bridge) =>
    (route: string, more: object) =>
      control('POST', '/faults', { route, ...more });

  test('one list that fails or hangs hides no other, and is not taken for a refusal', async () => {
    const bridge = await hasty();
    const fault = faultOf(bridge);
    await fault('GET /api/{workspace}/memberships/lite', { status: 500, times: 10 });
    await fault('GET /api/{workspace}/groups', { delayMs: 60_000, times: 10 });
    await fault('GET /api/{workspace}', { status: 404, times: 1 });
    const probes = await look(bridge);
    expect(results(probes)).toMatchObject({
      'sign in': 'yes',
      'list members': 'yes',
      'see e-mail addresses': 'unknown!',
      'remove members': 'yes',
      'read groups': 'unknown!',
      'write groups': 'unknown!',
      'a free seat': 'unknown',
      'list connections': 'yes',
    });
    expect(probes.get('see e-mail addresses')?.why).toContain('failed');
  }, 60_000);

  test('a token that Mode refuses: said once, the rest was not tried, and Mode is not hammered', async () => {
    const bridge = await hasty();
    await faultOf(bridge)('*', { status: 401, times: 100 });
    const probes = await look(bridge);
    expect(probes.get('sign in')).toMatchObject({
      result: 'no',
      isMissing: true,
      remedy: expect.stringContaining('connection renew first'),
    });
    expect(probes.get('read groups')?.why).toBe('Not tried: Mode refuses the API token.');
    expect([...probes.values()].filter(({ result }) => result === 'yes')).toEqual([]);
    await bridge.calls();
    await look(bridge);
    expect((await bridge.calls()).total).toBe(1);
    await bridge.control('DELETE', '/faults');
    expect(results(await look(bridge))).toMatchObject({ 'sign in': 'yes', 'read groups': 'yes' });
  });

  test('seats that are used up are missing', async () => {
    const bridge = await hasty();
    const workspace = { authorized_domains: [], seat_limit_reached: 'true', scim_enabled: true };
    await faultOf(bridge)('GET /api/{workspace}', { status: 200, body: workspace });
    const probes = await look(bridge);
    expect(results(probes)).toMatchObject({ 'a free seat': 'no!' });
    expect(probes.get('enter by SAML')?.why).toContain('no claimed domain');
    expect(probes.get("Mode's SCIM endpoint")?.why).toContain('switched on');
  });
});

describe("the way in through Mode's SCIM endpoint", () => {
  const SCIM_USERS = 'GET /scim/v2/Users';
  const through = (emulator: EmulatorOptions = {}, options: BridgeOptions = {}) =>
    start({ ...emulator, scim: { enabled: true, ...emulator.scim } }, { wayIn: 'scim', ...options });
  const alone = (scim: EmulatorOptions['scim'] = {}) =>
    through({ scim }, { credentials: scimAlone, config: { MODE_TIMEOUT_MS: '500' } });
  const endpoint = "Mode's SCIM endpoint";
  /** What is said of what it cannot do without. */
  const needed = (probes: ReadonlyMap<string, Probe>): string =>
    [...probes.values()].flatMap(({ isNeeded, why, remedy }) => (isNeeded ? [why, remedy] : [])).join(' ');

  test('with its token alone: nothing is missing, and what REST alone can is told with the remedy', async () => {
    const bridge = await alone();
    const probes = await look(bridge);
    expect(results(probes)).toEqual({
      'sign in': 'yes',
      'list members': 'yes',
      'see e-mail addresses': 'yes',
      'remove members': 'unknown',
      'read groups': 'yes',
      'write groups': 'unknown',
      'invite people': 'no',
      'enter by SAML': 'unknown',
      'a free seat': 'unknown',
      'list connections': 'no',
      'list collections': 'no',
      'read the audit log': 'no',
      'Discovery (activity)': 'no',
      [endpoint]: 'yes',
    });
    expect(probes.get(endpoint)?.why).toMatch(/It says: changes by PATCH, filters, groups\.$/);
    expect(probes.get('list connections')?.why).toContain('connection renew --mode-token');
    expect(needed(probes)).not.toMatch(/API token|Workspace token/);
    const { byRoute } = await bridge.calls();
    expect(Object.keys(byRoute).filter((route) => !route.startsWith('GET '))).toEqual([]);
  });

  test('that says nothing of itself, or offers no groups', async () => {
    expect((await look(await alone({ discovery: false }))).get(endpoint)).toMatchObject({
      result: 'yes',
      why: expect.stringContaining('that is found out'),
    });
    const probes = await look(await alone({ groups: false }));
    expect(probes.get(endpoint)?.why).toContain('no groups');
    expect(probes.get('read groups')).toMatchObject({
      result: 'no',
      isMissing: true,
      remedy: expect.stringMatching(/API token beside it: mode-scim-bridge connection renew first/),
    });
  });

  test('a SCIM token that Mode refuses is called by its name', async () => {
    const bridge = await alone();
    await bridge.control('POST', '/faults', { route: '*', status: 401, times: 100 });
    const probes = await look(bridge);
    expect(probes.get('sign in')).toMatchObject({
      result: 'no',
      isMissing: true,
      why: 'Mode refuses the SCIM token.',
      remedy: expect.stringContaining('connection renew first'),
    });
    expect(probes.get('list members')?.why).toBe('Not tried: Mode refuses the SCIM token.');
    expect(results(probes)[endpoint]).toBe('unknown!');
    expect(needed(probes)).not.toContain('API token');
  });

  test('an address where no SCIM endpoint is, and one that does not answer, are told apart', async () => {
    const bridge = await alone();
    const fault = (more: object) =>
      bridge.control('POST', '/faults', { route: SCIM_USERS, times: 100, ...more });
    await fault({ status: 404 });
    const lost = (await look(bridge)).get(endpoint);
    expect(lost).toMatchObject({ result: 'no', isMissing: true, why: expect.stringContaining('404') });
    await bridge.control('DELETE', '/faults');
    await fault({ drop: true });
    const probes = await look(bridge);
    expect(results(probes)).toMatchObject({ 'sign in': 'unknown!', [endpoint]: 'unknown!' });
    expect(probes.get('sign in')?.remedy).toMatch(/address of its SCIM endpoint \(.*renew first\)/);
  }, 60_000);

  test('with a Workspace token beside it: who may not invite need not, and each token is looked at', async () => {
    const bridge = await through({ tokenKind: 'workspace' });
    const probes = await look(bridge);
    expect(results(probes)).toEqual({
      ...ADMIN,
      'invite people': 'no',
      'enter by SAML': 'unknown',
      'read the audit log': 'yes',
      [endpoint]: 'yes',
    });
    expect(probes.get('sign in')?.why).toBe('workspace "acme", a Workspace token');
    expect(probes.get('invite people')?.why).toContain('Not needed');
    await bridge.control('POST', '/faults', { route: SCIM_USERS, status: 401, times: 100 });
    const half = await look(bridge);
    expect(results(half)).toMatchObject({ 'sign in': 'no!', 'list members': 'yes', [endpoint]: 'unknown!' });
    expect(half.get('sign in')?.why).toBe('Mode refuses the SCIM token.');
  });
});
