/** Changes made in Mode by hand: seen by a sync, shown by a plan, and undone or taken over as the connection says. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Reconcile } from '../../src/directory/model.ts';
import { applyPlan } from '../../src/directory/plan/apply.ts';
import { makePlan } from '../../src/directory/plan/plan.ts';
import { planText } from '../../src/directory/plan/text.ts';
import { fullSync, learn } from '../../src/directory/sync/sync.ts';
import { type Bridge, startBridge, until } from '../support/bridge.ts';
import { startPostgres } from '../support/postgres.ts';

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

let bridge: Bridge;
beforeEach(async () => {
  bridge = await startBridge({ emulator: { people: 40, groups: 3 } });
});
afterEach(() => bridge.stop());

interface Truth {
  readonly members: readonly { email: string; memberToken: string; state: string; admin: boolean }[];
  readonly groups: readonly { token: string; name: string; state: string; memberTokens: string[] }[];
}
const truth = async (): Promise<Truth> => (await bridge.control('GET', '/state')).body;
const standing = async (email: string) => (await truth()).members.find((row) => row.email === email)?.state;
const groupIn = async (name: string) =>
  (await truth()).groups.find((row) => row.name === name && row.state === 'active');
const isIn = async (email: string, name: string): Promise<boolean> => {
  const { members } = await truth();
  const token = members.find((row) => row.email === email)?.memberToken ?? '';
  return (await groupIn(name))?.memberTokens.includes(token) ?? false;
};
const edit = async (body: object) => {
  const { status } = await bridge.control('POST', '/edit', body);
  if (status >= 300) throw new Error(`the edit was refused: ${JSON.stringify(body)}`);
};
const call = async () => ({
  connection: (await bridge.deps.store.connections.find(bridge.connection.id)) ?? bridge.connection,
  deadline: Date.now() + 30_000,
});
const set = async (reconcile: Reconcile, people: readonly string[] = []) => {
  const { connection } = await call();
  await bridge.deps.store.connections.update({ ...connection, reconcile, protected: { people, groups: [] } });
};
const planNow = async (how?: Reconcile) => {
  await learn(bridge.deps, await call());
  return makePlan(bridge.deps, (await call()).connection, how);
};
const said = (plan: Awaited<ReturnType<typeof planNow>>) =>
  [...plan.changes, ...plan.shown].map(({ situation, action }) => `${situation}: ${action}`);

/** A person whom the provider wrote and who has joined. */
const joined = async (email: string): Promise<string> => {
  const { body } = await bridge.scim('POST', '/Users', {
    schemas: [USER],
    userName: email,
    emails: [{ value: email, type: 'work', primary: true }],
  });
  await bridge.control('POST', '/join', { email });
  await until('she is linked', async () => {
    const { body: now } = await bridge.scim('GET', `/Users/${body.id}`);
    return now['urn:ietf:params:scim:schemas:extension:mode:2.0:User']?.state === 'active';
  });
  return body.id;
};
/** A group that the provider wrote, with one person in it. */
const team = async (displayName: string, id: string) => {
  const { body } = await bridge.scim('POST', '/Groups', { displayName, members: [{ value: id }] });
  return { id: body.id as string, groupToken: (await groupIn(displayName))?.token ?? '' };
};
const membersOf = async (id: string): Promise<string[]> =>
  ((await bridge.scim('GET', `/Groups/${id}`)).body.members ?? []).map(
    ({ value }: { value: string }) => value,
  );

describe('a member added by hand', () => {
  const someone = async (): Promise<string> =>
    (await truth()).members.find((row) => row.state === 'active')?.email ?? '';
  const addByHand = async () => {
    const { id, groupToken } = await team('Treasury', await joined('ann@acme.example'));
    const email = await someone();
    await edit({ op: 'addToGroup', groupToken, email });
    return { id, email };
  };

  test('is taken out again under enforce, at the next sync', async () => {
    await set('enforce');
    const { id, email } = await addByHand();
    await fullSync(bridge.deps, await call());
    expect([await isIn(email, 'Treasury'), (await membersOf(id)).length]).toEqual([false, 1]);
  });

  test('is taken over under adopt, and the provider may remove her', async () => {
    const { id, email } = await addByHand();
    await fullSync(bridge.deps, await call());
    expect([await isIn(email, 'Treasury'), (await membersOf(id)).length]).toEqual([true, 2]);
    const stranger = (await membersOf(id)).at(0) ?? '';
    const gone = { op: 'remove', path: `members[value eq "${stranger}"]` };
    await bridge.scim('PATCH', `/Groups/${id}`, { schemas: [PATCH_OP], Operations: [gone] });
    expect((await membersOf(id)).length).toBe(1);
  });

  test('is only shown under report, and other changes of the group leave her alone', async () => {
    await set('report');
    const { id, email } = await addByHand();
    await fullSync(bridge.deps, await call());
    expect(said(await planNow())).toEqual(['member added by hand: show']);
    const other = await joined('bea@acme.example');
    const added = { op: 'add', path: 'members', value: [{ value: other }] };
    await bridge.scim('PATCH', `/Groups/${id}`, { schemas: [PATCH_OP], Operations: [added] });
    expect([await isIn('bea@acme.example', 'Treasury'), await isIn(email, 'Treasury')]).toEqual([true, true]);
    expect((await membersOf(id)).length).toBe(2);
  });
});

describe('a member taken out by hand whom the provider wants', () => {
  test.each<[Reconcile, string, boolean]>([
    ['enforce', 'addMember', true],
    ['adopt', 'show', false],
    ['report', 'show', false],
  ])('%s: %s', async (how, action, isBack) => {
    await set(how);
    const id = await joined('ann@acme.example');
    const { id: groupId, groupToken } = await team('Treasury', id);
    await edit({ op: 'removeFromGroup', groupToken, email: 'ann@acme.example' });
    expect(said(await planNow())).toEqual([`member taken out by hand: ${action}`]);
    await fullSync(bridge.deps, await call());
    expect([await isIn('ann@acme.example', 'Treasury'), await membersOf(groupId)]).toEqual([isBack, [id]]);
  });
});

describe('a person removed by hand whom the provider wants', () => {
  test('is invited again under enforce and gets her groups back, else shown', async () => {
    const id = await joined('ann@acme.example');
    await team('Treasury', id);
    await edit({ op: 'removeMember', email: 'ann@acme.example' });
    expect(said(await planNow())).toEqual(['person removed by hand: show']);
    expect(await standing('ann@acme.example')).not.toBe('active');
    await set('enforce');
    await fullSync(bridge.deps, await call());
    expect((await bridge.control('GET', '/state')).body.invites).toContainEqual(
      expect.objectContaining({ email: 'ann@acme.example', acceptedAt: null }),
    );
    await bridge.control('POST', '/join', { email: 'ann@acme.example' });
    await until('she is in her group again', () => isIn('ann@acme.example', 'Treasury'));
  });

  test('also before she has joined, once a sync has seen her invited: no invitation stands any more', async () => {
    const body = { userName: 'eve@acme.example', emails: [{ value: 'eve@acme.example' }] };
    const { id } = (await bridge.scim('POST', '/Users', body)).body;
    await learn(bridge.deps, await call());
    await edit({ op: 'removeMember', email: 'eve@acme.example' });
    expect(said(await planNow())).toEqual(['person removed by hand: show']);
    const shown = (await bridge.scim('GET', `/Users/${id}`)).body;
    expect(shown['urn:ietf:params:scim:schemas:extension:mode:2.0:User'].state).toBe('former');
    await set('enforce');
    await fullSync(bridge.deps, await call());
    expect(await standing('eve@acme.example')).toBe('pending');
  });
});

describe('a person brought in by hand', () => {
  test('is removed under enforce, unless she is protected; whom Mode had from the start stays', async () => {
    await set('enforce', ['guest@acme.example']);
    for (const email of ['guest@acme.example', 'stranger@acme.example'])
      await bridge.control('POST', '/join', { email });
    const plan = await planNow();
    expect(plan.stops.map(({ guard }) => guard)).toEqual(['protected']);
    await fullSync(bridge.deps, await call());
    expect(await standing('stranger@acme.example')).toBe('active');
    await set('enforce');
    await fullSync(bridge.deps, await call());
    expect(await standing('stranger@acme.example')).not.toBe('active');
    expect((await truth()).members.filter((row) => row.state === 'active').length).toBeGreaterThan(20);
    expect(said(await planNow())).toEqual([]);
  });

  test('becomes the provider’s own once it writes her', async () => {
    await set('report');
    await bridge.control('POST', '/join', { email: 'new@acme.example' });
    await until('she is found', async () => {
      const { body } = await bridge.scim('GET', '/Users?filter=userName%20eq%20%22new@acme.example%22');
      return body.totalResults === 1;
    });
    expect(said(await planNow('enforce'))).toEqual(['person unknown to the provider: removePerson']);
    const { body } = await bridge.scim('GET', '/Users?filter=userName%20eq%20%22new@acme.example%22');
    const { id } = body.Resources[0];
    const named = { op: 'replace', path: 'title', value: 'Analyst' };
    await bridge.scim('PATCH', `/Users/${id}`, { schemas: [PATCH_OP], Operations: [named] });
    expect(said(await planNow('enforce'))).toEqual([]);
  });
});

describe('a group renamed by hand', () => {
  test('bears its name again under enforce; else it is shown, and the provider’s name stays here', async () => {
    const { id, groupToken } = await team('Treasury', await joined('ann@acme.example'));
    await edit({ op: 'renameGroup', groupToken, name: 'Money' });
    expect(said(await planNow())).toEqual(['group renamed by hand: show']);
    await set('enforce');
    await fullSync(bridge.deps, await call());
    expect([(await groupIn('Treasury'))?.token, await groupIn('Money')]).toEqual([groupToken, undefined]);
    expect((await bridge.scim('GET', `/Groups/${id}`)).body.displayName).toBe('Treasury');
  });

  test('that only Mode knew has its new name here too', async () => {
    const [seeded] = (await truth()).groups.filter((row) => row.state === 'active');
    await edit({ op: 'renameGroup', groupToken: seeded?.token, name: 'A new name' });
    await fullSync(bridge.deps, await call());
    const { body } = await bridge.scim('GET', '/Groups?filter=displayName%20eq%20%22A%20new%20name%22');
    expect(body.totalResults).toBe(1);
  });
});

describe('a plan', () => {
  const drifted = async () => {
    await set('report');
    const { groupToken } = await team('Treasury', await joined('ann@acme.example'));
    await edit({ op: 'removeFromGroup', groupToken, email: 'ann@acme.example' });
    await edit({ op: 'renameGroup', groupToken, name: 'Money' });
    return groupToken;
  };

  test('has the same id as long as nothing moves, reads as text, and does what it says', async () => {
    await drifted();
    const plan = await planNow('enforce');
    expect((await planNow('enforce')).id).toBe(plan.id);
    const text = planText(plan).join('\n');
    expect(text).toMatch(
      /^Plan [0-9a-f]{12} for "first" \(enforce\): 2 changes, 0 people lose access, 1 gain it\.$/m,
    );
    expect(text).toMatch(/~ group "Money" is called "Treasury" again +renamed in Mode by hand/);
    expect(text).toMatch(/\+ ann@acme.example is added to "Treasury" again +wanted by the identity provider/);
    expect(text).toContain(`mode-scim-bridge apply first ${plan.id}`);
    await bridge.calls();
    const wish = { planId: plan.id, reconcile: 'enforce', override: [] } as const;
    const applied = await applyPlan(bridge.deps, await call(), wish);
    expect([applied.done, applied.waiting, applied.refused]).toEqual([1, 0, []]);
    expect((await bridge.calls()).total).toBe(2); // one rename, one member: nothing that is right is sent again
    expect(await isIn('ann@acme.example', 'Treasury')).toBe(true);
    expect((await planNow('enforce')).changes).toEqual([]);
  });

  test('is refused when the record or Mode has moved, and nothing is written', async () => {
    const groupToken = await drifted();
    const plan = await planNow('enforce');
    await edit({ op: 'renameGroup', groupToken, name: 'Cash' });
    await learn(bridge.deps, await call());
    await bridge.calls();
    const wish = { planId: plan.id, reconcile: 'enforce', override: [] } as const;
    await expect(applyPlan(bridge.deps, await call(), wish)).rejects.toMatchObject({
      code: 'directory.apply.moved',
    });
    expect((await bridge.calls()).total).toBe(0);
  });

  test('is refused when the provider writes somebody while it is carried out, and her access stays', async () => {
    const postgres = await startPostgres();
    await bridge.stop();
    bridge = await startBridge({
      database: await postgres.createDatabase(),
      emulator: { people: 40, groups: 3 },
    });
    try {
      await set('report');
      const email = 'new@acme.example';
      await bridge.control('POST', '/join', { email });
      const found = async () => (await bridge.scim('GET', `/Users?filter=userName eq "${email}"`)).body;
      await until('she is found', async () => (await found()).totalResults === 1);
      const { id } = (await found()).Resources[0];
      expect(said(await planNow('enforce'))).toEqual(['person unknown to the provider: removePerson']);
      const write = async () => {
        const Operations = [{ op: 'replace', path: 'title', value: 'Analyst' }];
        const { status } = await bridge.scim('PATCH', `/Users/${id}`, { schemas: [PATCH_OP], Operations });
        expect(status).toBe(200);
      };
      const { store } = bridge.deps;
      const slow: typeof store.transaction = (work) =>
        store.transaction((inner) => {
          // What is asked last before it is decided.
          const totals = async (connectionId: string) => {
            await write();
            return inner.drift.totals(connectionId);
          };
          return work({ ...inner, drift: { ...inner.drift, totals } });
        });
      const wish = { planId: null, reconcile: 'enforce', override: [] } as const;
      const deps = { ...bridge.deps, store: { ...store, transaction: slow } };
      await expect(applyPlan(deps, await call(), wish)).rejects.toMatchObject({
        code: 'directory.apply.moved',
        message: expect.stringContaining(`"${email}" was changed`),
      });
      expect((await bridge.scim('GET', `/Users/${id}`)).body).toMatchObject({
        active: true,
        title: 'Analyst',
      });
      expect(await bridge.deps.store.unsettled.list(bridge.connection.id)).toEqual([]);
      expect([await standing(email), said(await planNow('enforce'))]).toEqual(['active', []]);
    } finally {
      await bridge.stop();
      await postgres.stop();
      bridge = await startBridge();
    }
  });

  test('by which more than a tenth would lose access is stopped before the first write, and says how to go on', async () => {
    await set('report');
    const strangers = Array.from({ length: 6 }, (_, index) => `stranger-${index}@acme.example`);
    for (const email of strangers) await bridge.control('POST', '/join', { email });
    const plan = await planNow('enforce');
    expect(planText(plan).join('\n')).toMatch(
      /people: 6 of \d+ people would lose access \(1\d %\); the limit is 10 % or 25/,
    );
    await bridge.calls();
    const wish = { planId: plan.id, reconcile: 'enforce', override: [] } as const;
    const refused = applyPlan(bridge.deps, await call(), wish);
    await expect(refused).rejects.toThrow(/--override people/);
    expect((await bridge.calls()).total).toBe(0);
    await applyPlan(bridge.deps, await call(), { ...wish, override: ['people'] });
    for (const email of strangers) expect(await standing(email)).not.toBe('active');
    await expect(applyPlan(bridge.deps, await call(), { ...wish, override: ['everything'] })).rejects.toThrow(
      /Guards: /,
    );
  });

  test('never removes the last admin', async () => {
    await set('report');
    await bridge.control('POST', '/join', { email: 'boss@acme.example' });
    await edit({ op: 'setAdmin', email: 'boss@acme.example', admin: true });
    for (const { email, admin } of (await truth()).members)
      if (admin && email !== 'boss@acme.example') await edit({ op: 'setAdmin', email, admin: false });
    const plan = await planNow('enforce');
    expect(plan.stops.map(({ guard }) => guard)).toEqual(['last-admin']);
  });

  test('shows a wish for a role that nobody but an admin can grant, and never claims it is done', async () => {
    const id = await joined('ann@acme.example');
    const wish = { op: 'add', path: 'roles', value: [{ value: 'admin' }] };
    await bridge.scim('PATCH', `/Users/${id}`, { schemas: [PATCH_OP], Operations: [wish] });
    expect(said(await planNow('enforce'))).toEqual(['wish for another role: show']);
    await edit({ op: 'setAdmin', email: 'ann@acme.example', admin: true });
    expect(said(await planNow('enforce'))).toEqual([]);
  });

  test('shows who, and which group, it is not clear about, and never says then that all agree', async () => {
    await set('enforce');
    await bridge.control('DELETE', '/webhooks');
    for (const name of ['one', 'two'])
      await bridge.scim('POST', '/Users', {
        schemas: [USER],
        userName: name,
        active: false,
        emails: [{ value: `${name}@acme.example` }, { value: 'twin@acme.example' }],
      });
    await bridge.control('POST', '/join', { email: 'twin@acme.example' });
    const known = (await truth()).groups.find(({ state }) => state === 'active')?.name ?? '';
    await edit({ op: 'createGroup', name: known.toUpperCase() });
    const plan = await planNow();
    expect(plan.shown).toMatchObject([
      { situation: 'person unclear', action: 'show', stranger: { name: 'twin@acme.example' } },
      { situation: 'group unclear', action: 'show', stranger: { name: known.toUpperCase() } },
    ]);
    const text = planText(plan).join('\n');
    expect(text).toMatch(/! twin@acme\.example +could be several people of SCIM/);
    expect(text).toContain(`! group "${known.toUpperCase()}"`);
    expect([plan.changes, text.includes('agree')]).toEqual([[], false]);
    // It is clear again once one of the two no longer bears the address.
    const { id } = (await bridge.scim('GET', '/Users?filter=userName eq "one"')).body.Resources[0];
    const body = { schemas: [USER], userName: 'one', active: false, emails: [{ value: 'one@acme.example' }] };
    await bridge.scim('PUT', `/Users/${id}`, body);
    expect((await planNow()).shown.map(({ situation }) => situation)).toEqual(['group unclear']);
  });

  test('is finished in the background when Mode is down while it is applied', async () => {
    const plan = await drifted().then(() => planNow('enforce'));
    await bridge.control('POST', '/faults', { route: '*', status: 503, times: 20 });
    const wish = { planId: plan.id, reconcile: 'enforce', override: [] } as const;
    const soon = { ...(await call()), deadline: Date.now() + 1_000 };
    expect((await applyPlan(bridge.deps, soon, wish)).waiting).toBe(1);
    await bridge.control('DELETE', '/faults');
    const [owed] = await bridge.deps.store.unsettled.list(bridge.connection.id);
    expect(owed?.kind).toBe('group');
  });
});
