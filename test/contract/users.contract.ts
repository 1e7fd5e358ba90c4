/** What the store promises about connections, tokens and people. */
import type { OpenStore } from '../../src/store/index.ts';
import {
  A,
  asking,
  at,
  B,
  connection,
  group,
  indexOf,
  insertMany,
  insertUser,
  manyIds,
  member,
  user,
} from './records.ts';

export const describeConnections = (store: () => OpenStore): void => {
  describe('connections', () => {
    it('gives back what was stored, by id and by webhook secret, in order of creation', async () => {
      const second = connection('c2', { createdAt: at(2), strict: true, wayIn: 'jit' });
      const first = connection('c1', { createdAt: at(1) });
      await store().connections.insert(second);
      await store().connections.insert(first);
      expect(await store().connections.list()).toEqual([first, second]);
      expect(await store().connections.find('c2')).toEqual(second);
      expect(await store().connections.findByWebhookSecret('secret of c1')).toEqual(first);
      expect(await store().connections.find('c3')).toBeUndefined();
      expect(await store().connections.findByWebhookSecret('c1')).toBeUndefined();
    });

    it('refuses a name that is taken, whatever its letter case, also when renaming', async () => {
      await store().connections.insert(connection('c1', { name: 'Acme' }));
      const taken = { kind: 'conflict', code: 'store.connections.taken' };
      await expect(store().connections.insert(connection('c2', { name: 'ACME' }))).rejects.toMatchObject(
        taken,
      );
      await store().connections.insert(connection('c3', { name: 'Other' }));
      await expect(store().connections.update(connection('c3', { name: 'acme' }))).rejects.toMatchObject(
        taken,
      );
    });

    it('overwrites what may change and leaves secret, creation and sync', async () => {
      const before = connection('c1');
      await store().connections.insert(before);
      await store().connections.markSynced('c1', at(9), 'hidden');
      await store().connections.markAccessSynced('c1', at(8));
      const change = {
        name: 'New',
        workspace: 'w',
        modeUrl: 'https://m',
        wayIn: 'scim',
        strict: true,
      } as const;
      const after = { ...before, ...change, sealedCredentials: 'new' };
      await store().connections.update({ ...after, webhookSecret: 'other', createdAt: at(5) });
      expect(await store().connections.find('c1')).toEqual({
        ...after,
        syncedAt: at(9),
        groupsHiddenSince: at(9),
        accessSyncedAt: at(8),
      });
    });

    it.each([
      ['credentials', 'credentialsCheck', 'scimCheck'],
      ['scim', 'scimCheck', 'credentialsCheck'],
    ] as const)(
      'remembers what Mode said to the %s token, for as long as it is the one; later wins',
      async (token, its, others) => {
        const given = connection('c1', { sealedCredentials: 'first' });
        await store().connections.insert(given);
        const check = async () => (await store().connections.find('c1'))?.[its];
        const refused = { refusedSince: at(1), checkedAt: at(2) };
        await store().connections.markChecked({ ...given, sealedCredentials: 'other' }, token, refused);
        expect(await check()).toBeNull();
        await store().connections.markChecked(given, token, refused);
        await store().connections.markChecked(given, token, { refusedSince: null, checkedAt: at(1) });
        expect(await check()).toEqual(refused);
        await store().connections.update({ ...given, name: 'Renamed' });
        expect(await check()).toEqual(refused);
        await store().connections.markChecked(given, token, { refusedSince: null, checkedAt: at(3) });
        expect(await store().connections.find('c1')).toMatchObject({
          [its]: { refusedSince: null, checkedAt: at(3) },
          [others]: null,
        });
        await store().connections.update({ ...given, sealedCredentials: 'second', credentialsSetAt: at(7) });
        expect(await store().connections.find('c1')).toMatchObject({ [its]: null, credentialsSetAt: at(7) });
      },
    );

    it('remembers the last call of the webhook, whatever is set', async () => {
      await store().connections.insert(connection('c1', { credentialsExpire: 'never' }));
      await store().connections.markHookReceived('c1', at(4));
      await store().connections.update(connection('c1', { credentialsExpire: at(9) }));
      expect(await store().connections.find('c1')).toMatchObject({
        hookReceivedAt: at(4),
        credentialsExpire: at(9),
      });
    });
  });
};

export const describeTokens = (store: () => OpenStore): void => {
  const token = (id: string, connectionId: string | null, createdAt: string) => ({
    id,
    kind: connectionId === null ? ('admin' as const) : ('scim' as const),
    connectionId,
    label: id,
    hash: `hash of ${id}`,
    createdAt,
    expiresAt: null,
    revokedAt: null,
    lastUsedAt: null,
  });

  describe('tokens', () => {
    it('finds a token by its hash, lists the newest first, of one connection where it is given', async () => {
      const tokens = [token('t1', A, at(1)), token('t2', null, at(2)), token('t3', B, at(3))];
      for (const each of tokens) await store().tokens.insert(each);
      expect(await store().tokens.findByHash('hash of t2')).toEqual(tokens[1]);
      expect(await store().tokens.findByHash('t2')).toBeUndefined();
      expect((await store().tokens.list()).map(({ id }) => id)).toEqual(['t3', 't2', 't1']);
      expect((await store().tokens.list(A)).map(({ id }) => id)).toEqual(['t1']);
    });

    it('finds whose a token is, as it stands in the database now', async () => {
      const mine = connection(A, { strict: true, protected: { people: ['ann'], groups: [] } });
      await store().connections.insert(mine);
      for (const each of [token('t1', A, at(1)), token('t2', null, at(2)), token('t3', B, at(3))])
        await store().tokens.insert(each);
      expect(await store().tokens.findCaller('hash of t1')).toEqual({
        token: token('t1', A, at(1)),
        connection: mine,
      });
      expect(await store().tokens.findCaller('hash of t2')).toBeUndefined();
      expect(await store().tokens.findCaller('hash of t3')).toBeUndefined();
      await store().tokens.revoke('t1', at(5));
      await store().connections.update({ ...mine, strict: false });
      expect(await store().tokens.findCaller('hash of t1')).toEqual({
        token: { ...token('t1', A, at(1)), revokedAt: at(5) },
        connection: { ...mine, strict: false },
      });
    });

    it('revokes once, and remembers the last use', async () => {
      await store().tokens.insert(token('t1', A, at(1)));
      await store().tokens.touch('t1', at(4));
      expect(await store().tokens.revoke('t1', at(5))).toBe(true);
      expect(await store().tokens.revoke('t1', at(6))).toBe(false);
      expect(await store().tokens.revoke('unknown', at(6))).toBe(false);
      expect(await store().tokens.findByHash('hash of t1')).toMatchObject({
        revokedAt: at(5),
        lastUsedAt: at(4),
      });
    });
  });
};

const PROFILE = {
  email: 'ann@example.com',
  userName: 'Ånn',
  givenName: 'Ann',
  familyName: null,
  displayName: 'Ann "the" \\',
  externalId: null,
};

export const describeUsers = (store: () => OpenStore): void => {
  describe('people', () => {
    it('gives back every field as it was stored', async () => {
      const record = await insertUser(store(), 'u1', {
        userName: 'Ånn "the" \\ 100%',
        externalId: 'ext',
        active: false,
        attributes: { userName: 'x', nested: { __proto__x: [1, null, 'é\u0000'] } },
        memberToken: 'm1',
        invitedAs: 'ann',
        invitedAt: at(3),
        provisionedId: 's1',
        provisioned: PROFILE,
        version: 7,
      });
      expect(await store().users.find(A, 'u1')).toEqual(record);
      expect(await store().users.findByMemberToken(A, 'm1')).toEqual(record);
      expect(await store().users.findByProvisionedId(A, 's1')).toEqual(record);
    });

    it('keeps what Mode was told apart from what the provider writes', async () => {
      const record = await insertUser(store(), 'u1');
      await store().users.provision(A, 'u1', { provisionedId: 's1', provisioned: PROFILE });
      await store().users.provision(B, 'u1', { provisionedId: 's2', provisioned: null });
      const renamed = { ...record, userName: 'other@example.com', version: 2 };
      expect(await store().users.update(renamed, indexOf(renamed), 1)).toBe(true);
      const told = { provisionedId: 's1', provisioned: PROFILE };
      expect(await store().users.find(A, 'u1')).toEqual({ ...renamed, ...told });
      await store().users.provision(A, 'u1', { provisionedId: null, provisioned: null });
      expect(await store().users.findByProvisionedId(A, 's1')).toBeUndefined();
      expect(await store().users.find(A, 'u1')).toEqual(renamed);
    });

    it('knows nobody of another connection', async () => {
      await insertUser(store(), 'u1', { memberToken: 'm1', provisionedId: 's1' });
      expect(await store().users.find(B, 'u1')).toBeUndefined();
      expect(await store().users.findAny(B, 'u1')).toBeUndefined();
      expect(await store().users.findByUserName(B, 'u1@example.com')).toBeUndefined();
      expect(await store().users.findByMemberToken(B, 'm1')).toBeUndefined();
      expect(await store().users.findByProvisionedId(B, 's1')).toBeUndefined();
      expect(await store().users.existing(B, ['u1'])).toEqual(new Set());
      expect(await store().users.update(user('u1', { connectionId: B, version: 2 }), [], 1)).toBe(false);
      await store().users.invited(B, 'u1', { invitedAs: 'stolen', invitedAt: at(1) });
      await store().users.linkMany(
        B,
        [{ id: 'u1', was: 'm1', memberToken: 'stolen', invited: false }],
        at(1),
      );
      await store().users.purge(B, 'u1');
      expect(await store().users.find(A, 'u1')).toMatchObject({
        memberToken: 'm1',
        invitedAs: null,
        version: 1,
      });
    });

    it.each([
      ['letter case', 'Ann@Example.com', 'ANN@example.COM'],
      ['composed and decomposed letters', '\u00c5sa', 'a\u030asa'],
      ['full width', '\uff21nn', 'ann'],
    ])('takes userNames that differ in %s for one', async (_, stored, asked) => {
      const record = await insertUser(store(), 'u1', { userName: stored });
      expect(await store().users.findByUserName(A, asked)).toEqual(record);
      await expect(insertUser(store(), 'u2', { userName: asked })).rejects.toMatchObject({
        kind: 'conflict',
        code: 'store.users.taken',
        message: `A user with userName "${asked}" exists already.`,
      });
      await insertUser(store(), 'u3', { userName: asked, connectionId: B });
    });

    it('refuses text that an engine cannot hold or index, on both engines alike', async () => {
      await expect(insertUser(store(), 'u1', { userName: 'a\u0000b' })).rejects.toMatchObject({
        kind: 'invalid',
        code: 'store.text.nul',
      });
      await expect(insertUser(store(), 'u1', { userName: 'é'.repeat(2_000) })).rejects.toMatchObject({
        kind: 'invalid',
        code: 'store.text.tooLong',
      });
      await insertUser(store(), 'u1', { externalId: 'é'.repeat(100_000) });
    });

    it('frees the userName of a deleted person, who is found for settling alone', async () => {
      const record = await insertUser(store(), 'u1', { memberToken: 'm1' });
      const gone = { ...record, deletedAt: at(1), version: 2 };
      expect(await store().users.update(gone, [], 1)).toBe(true);
      expect(await store().users.find(A, 'u1')).toBeUndefined();
      expect(await store().users.findByUserName(A, record.userName)).toBeUndefined();
      expect(await store().users.findAny(A, 'u1')).toEqual(gone);
      expect(await store().users.existing(A, ['u1'])).toEqual(new Set());
      expect(await store().users.idsByMemberToken(A)).toEqual(new Map([['m1', 'u1']]));
      expect(await store().users.list(A, asking())).toEqual({
        total: 0,
        rows: [],
        next: null,
      });
      await insertUser(store(), 'u0', { userName: record.userName, memberToken: 'm1' });
      expect(await store().users.findByMemberToken(A, 'm1')).toMatchObject({ id: 'u0' });
      expect(await store().users.idsByMemberToken(A)).toEqual(new Map([['m1', 'u0']]));
    });

    it('updates only the version that was read, and refuses a userName that is taken', async () => {
      const record = await insertUser(store(), 'u1');
      await insertUser(store(), 'u2');
      const renamed = { ...record, userName: 'new@example.com', version: 2, modifiedAt: at(1) };
      expect(await store().users.update(renamed, indexOf(renamed), 1)).toBe(true);
      expect(await store().users.update({ ...record, version: 2 }, [], 1)).toBe(false);
      expect(await store().users.find(A, 'u1')).toEqual(renamed);
      const clash = { ...renamed, userName: 'U2@example.com', version: 3 };
      await expect(store().users.update(clash, [], 2)).rejects.toMatchObject({ code: 'store.users.taken' });
      expect(await store().users.find(A, 'u1')).toEqual(renamed);
    });

    it('does not write an older link over a newer one', async () => {
      const read = await insertUser(store(), 'u1', { memberToken: 'm1' });
      await store().users.linkMany(A, [{ id: 'u1', was: 'm1', memberToken: 'm2', invited: false }], at(1));
      await store().users.invited(A, 'u1', { invitedAs: 'ann', invitedAt: at(2) });
      expect(await store().users.update({ ...read, displayName: 'Ann', version: 2 }, [], 1)).toBe(true);
      const link = { memberToken: 'm2', invitedAs: 'ann', invitedAt: at(2) };
      expect(await store().users.find(A, 'u1')).toMatchObject({ displayName: 'Ann', version: 2, ...link });
    });

    it('takes from whoever is deactivated the account that is somebody else’s now, and from nobody else', async () => {
      await insertUser(store(), 'u1', { memberToken: 'm1', active: false });
      await insertUser(store(), 'u2', { memberToken: 'm2' });
      await insertUser(store(), 'u3', { memberToken: 'm3', active: false });
      await store().users.loosen(B, ['m1', 'm2']);
      await store().users.loosen(A, []);
      await store().users.loosen(A, ['m1', 'm2']);
      const links = await Promise.all(['u1', 'u2', 'u3'].map((id) => store().users.find(A, id)));
      expect(links.map((one) => one?.memberToken)).toEqual([null, 'm2', 'm3']);
    });

    it('remembers an invitation until it ends, and no other', async () => {
      const record = await insertUser(store(), 'u1', { memberToken: 'm1' });
      const invitation = { invitedAs: 'ann', invitedAt: at(4) };
      await store().users.invited(A, 'u1', invitation);
      await store().users.endInvitations(A, ['u1'], at(3));
      expect(await store().users.find(A, 'u1')).toEqual({ ...record, ...invitation });
      await store().users.endInvitations(A, ['u1'], at(4));
      expect(await store().users.find(A, 'u1')).toEqual({ ...record, invitedAs: 'ann' });
    });

    it('links without a new version, and lists for whom nobody in Mode stands', async () => {
      const record = await insertUser(store(), 'u1');
      const other = await insertUser(store(), 'u2');
      const link = { memberToken: 'm1', invitedAs: null, invitedAt: at(4) };
      await store().users.linkMany(A, [{ id: 'u1', was: null, memberToken: 'm1', invited: true }], at(4));
      expect(await store().users.find(A, 'u1')).toEqual({ ...record, ...link });
      const linkable = async (after: string | null, limit: number) =>
        (await store().users.linkable(A, { after, limit })).map(({ id }) => id);
      // Linked, but to nobody whom Mode was seen to have.
      expect(await linkable(null, 10)).toEqual(['u1', other.id]);
      await store().mode.saveMembers(A, [member('m1', { state: 'pending' })], at(5));
      expect(await linkable(null, 10)).toEqual([other.id]);
      await store().mode.saveMembers(A, [member('m1', { state: 'former' })], at(6));
      expect([await linkable(null, 1), await linkable('u1', 10)]).toEqual([['u1'], ['u2']]);
      expect(await store().users.leaving(A)).toEqual([]);
      await store().users.update({ ...record, ...link, version: 2, deletedAt: at(7) }, [], 1);
      expect(await linkable(null, 10)).toEqual(['u2']);
      expect((await store().users.leaving(A)).map(({ id }) => id)).toEqual(['u1']);
      await store().mode.saveMembers(A, [member('m1', { state: 'active' })], at(8));
      expect(await store().users.leaving(A)).toEqual([]);
      expect(await store().users.linkable(B, { after: null, limit: 10 })).toEqual([]);
    });

    it('lists in the order of creation, page by page, and counts all', async () => {
      for (const id of ['u3', 'u1', 'u2', 'u4']) await insertUser(store(), id);
      await insertUser(store(), 'u5', { connectionId: B });
      const page = async (offset: number, limit: number) => {
        const { total, rows } = await store().users.list(A, asking({ offset, limit }));
        return [total, ...rows.map(({ id }) => id)];
      };
      expect(await page(0, 2)).toEqual([4, 'u1', 'u2']);
      expect(await page(2, 2)).toEqual([4, 'u3', 'u4']);
      expect(await page(3, 2)).toEqual([4, 'u4']);
      expect(await page(4, 2)).toEqual([4]);
      expect(await page(0, 0)).toEqual([4]);
    });

    it('answers for 10,000 ids at once, and for none', async () => {
      await insertUser(store(), 'p000007');
      await insertUser(store(), 'p009999');
      const known = await store().users.existing(A, manyIds(10_000));
      expect(known).toEqual(new Set(['p000007', 'p009999']));
      expect(await store().users.existing(A, [])).toEqual(new Set());
    });

    it('purges the person with index and memberships', async () => {
      await insertMany(store(), ['u1', 'u2']);
      await store().groups.insert(group('g1'));
      await store().memberships.want(A, 'g1', ['u1', 'u2']);
      await store().users.purge(A, 'u1');
      expect(await store().users.findAny(A, 'u1')).toBeUndefined();
      expect((await store().memberships.rows(A, 'g1')).map(({ userId }) => userId)).toEqual(['u2']);
      await insertUser(store(), 'u1');
    });
  });
};
