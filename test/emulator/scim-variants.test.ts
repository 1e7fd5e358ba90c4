/**
 * Nobody outside Mode knows how its SCIM endpoint behaves (mode-api.md §10), so a client must be ready for each of
 * these; the emulator is any of them, by option and by `_control/scim`.
 */
import { closeAll, type Json, memberOf, membersIn, startMode } from './support/emulator.ts';
import {
  createPerson,
  findPerson,
  group,
  namesFound,
  patch,
  person,
  type ScimMode,
  startScim,
} from './support/scim.ts';

afterEach(closeAll);

const ANN = 'ann.lee@acme.example';
const filtering = (filter: string): string => `filter=${encodeURIComponent(filter)}`;
const off = patch({ op: 'replace', path: 'active', value: false });
const config = async (mode: ScimMode): Promise<Json> =>
  (await mode.scim('GET', '/ServiceProviderConfig')).body;

describe('the plan', () => {
  it('is without SCIM unless chosen: every call is refused, and the account says so', async () => {
    const mode = await startMode();
    const headers = { authorization: `Bearer ${mode.scimToken}` };
    const refused = await fetch(`${mode.scimUrl}/Users`, { headers });
    expect([refused.status, refused.headers.get('content-type')]).toEqual([
      403,
      'application/scim+json; charset=utf-8',
    ]);
    expect(await refused.json()).toMatchObject({
      status: '403',
      detail: expect.stringContaining('not enabled'),
    });
    expect((await mode.get('/api/acme')).body.scim_enabled).toBe('false');
  });

  it('can be given and taken while it runs, and the refusal chosen', async () => {
    const mode = await startScim();
    expect((await mode.get('/api/acme')).body.scim_enabled).toBe('true');
    expect((await mode.scim('GET', '/Users')).status).toBe(200);
    const { body } = await mode.control('POST', '/scim', { enabled: false, refusalStatus: 402 });
    expect(body).toMatchObject({ enabled: false, refusalStatus: 402, updates: 'both' });
    expect((await mode.scim('GET', '/Users')).status).toBe(402);
    expect((await mode.control('GET', '/scim')).body).toEqual(body);
  });

  it.each([{ filter: 'some' }, { maxResults: 0 }, { unsupportedStatus: 418 }, { colour: 'red' }, [1]])(
    'is refused the choice %j with 400, and stays',
    async (choice) => {
      const mode = await startScim();
      expect((await mode.control('POST', '/scim', choice)).status).toBe(400);
      expect((await mode.scim('GET', '/Users')).status).toBe(200);
    },
  );
});

describe('updates', () => {
  it.each([404, 405, 501] as const)('put alone: PATCH answers %i and changes nothing', async (status) => {
    const mode = await startScim({ updates: 'put', unsupportedStatus: status });
    const id = await createPerson(mode, ANN);
    expect((await mode.scim('PATCH', `/Users/${id}`, off)).status).toBe(status);
    expect((await memberOf(mode, ANN)).state).toBe('active');
    expect((await mode.scim('PUT', `/Users/${id}`, person(ANN, { active: false }))).status).toBe(200);
    expect((await memberOf(mode, ANN)).state).toBe('former');
    expect((await config(mode)).patch).toEqual({ supported: false });
  });

  it('patch alone: PUT is not offered', async () => {
    const mode = await startScim({ updates: 'patch' });
    const { id } = (await mode.scim('POST', '/Groups', group('Robotics'))).body;
    expect((await mode.scim('PUT', `/Groups/${id}`, group('Robots'))).status).toBe(501);
    const rename = patch({ op: 'replace', path: 'displayName', value: 'Robots' });
    expect((await mode.scim('PATCH', `/Groups/${id}`, rename)).body.displayName).toBe('Robots');
    expect((await config(mode)).patch).toEqual({ supported: true });
  });
});

describe('filter', () => {
  const people = async (mode: ScimMode) => {
    for (const name of ['ann', 'bob', 'cid'])
      await createPerson(mode, `${name}@x.example`, { externalId: name });
  };

  it('full: comparisons and their combinations, though not everybody has the attribute', async () => {
    const mode = await startScim({ filter: 'full' });
    await people(mode);
    const found = (filter: string) => namesFound(mode, filtering(filter));
    expect(await found('externalId eq "ann"')).toEqual(['ann@x.example']);
    expect(await found('externalId eq "ANN"')).toEqual([]);
    expect(await found('emails.value EQ "BOB@x.example"')).toEqual(['bob@x.example']);
    expect(await found('userName ew "@x.example" and externalId sw "c"')).toEqual(['cid@x.example']);
    expect(await found('externalId eq "ann" or externalId eq "bob"')).toEqual([
      'ann@x.example',
      'bob@x.example',
    ]);
  });

  it('eq: one comparison by eq, anything else is invalidFilter', async () => {
    const mode = await startScim({ filter: 'eq' });
    await people(mode);
    expect(await namesFound(mode, filtering('userName eq "Ann@x.example"'))).toEqual(['ann@x.example']);
    const { status, body } = await mode.scim('GET', `/Users?${filtering('userName sw "ann"')}`);
    expect([status, body.scimType]).toEqual([400, 'invalidFilter']);
    expect((await config(mode)).filter.supported).toBe(true);
  });

  it('ignored: everybody is answered, as REST answers a filter it does not know (REPORTED)', async () => {
    const mode = await startScim({ filter: 'ignored' });
    await people(mode);
    const { body } = await mode.scim('GET', `/Users?${filtering('userName eq "ann@x.example"')}`);
    expect(body.totalResults).toBe(43);
    expect((await config(mode)).filter.supported).toBe(false);
  });

  it('refused: any filter is invalidFilter', async () => {
    const mode = await startScim({ filter: 'refused' });
    const { status, body } = await mode.scim('GET', `/Users?${filtering('userName eq "ann@x.example"')}`);
    expect([status, body.scimType]).toEqual([400, 'invalidFilter']);
  });

  it.each([
    'and',
    '',
    'userName eq "x',
    'constructor eq "x" and',
    `userName eq "${'\n'.repeat(40)}`,
    'a'.repeat(301),
  ])('cannot be read from %j: 400 invalidFilter or nobody, at once', async (filter) => {
    const mode = await startScim();
    const begun = performance.now();
    const { status, body } = await mode.scim('GET', `/Users?${filtering(filter)}`);
    expect(performance.now() - begun).toBeLessThan(1000);
    expect(status === 400 ? body.scimType : body.totalResults).toEqual(status === 400 ? 'invalidFilter' : 0);
  });
});

describe('paging', () => {
  const emails = async (mode: ScimMode): Promise<string[]> => {
    const inside = [...(await membersIn(mode, 'active')), ...(await membersIn(mode, 'pending'))];
    return inside.map((one) => one.email).sort();
  };

  it('by index: every row once, no page longer than maxResults, the total on each', async () => {
    const mode = await startScim({ maxResults: 7 });
    const seen: string[] = [];
    for (let startIndex = 1; startIndex <= 40; startIndex += 7) {
      const { body } = await mode.scim('GET', `/Users?startIndex=${startIndex}&count=50`);
      expect([body.startIndex, body.totalResults, body.itemsPerPage]).toEqual([
        startIndex,
        40,
        Math.min(7, 41 - startIndex),
      ]);
      seen.push(...body.Resources.map((one: Json) => one.userName));
    }
    expect(seen.sort()).toEqual(await emails(mode));
    expect((await config(mode)).filter.maxResults).toBe(7);
  });

  it.each([
    ['count=0', 0],
    ['count=-3', 0],
    ['startIndex=0&count=3', 3],
    ['startIndex=39', 2],
    ['startIndex=900', 0],
  ])('by index, %s: %i rows of 40', async (query, rows) => {
    const mode = await startScim();
    const { body } = await mode.scim('GET', `/Users?${query}`);
    expect([body.Resources.length, body.totalResults]).toEqual([rows, 40]);
  });

  it('by index: a count that is no number is refused', async () => {
    const mode = await startScim();
    expect((await mode.scim('GET', '/Users?count=many')).body.scimType).toBe('invalidValue');
  });

  it('by cursor: every row once, no startIndex, and the configuration says so (RFC 9865)', async () => {
    const mode = await startScim({ paging: 'cursor', maxResults: 15 });
    const seen: string[] = [];
    let cursor = '';
    for (let page = 0; page < 3; page += 1) {
      const { body } = await mode.scim('GET', `/Users?cursor=${cursor}&count=50&startIndex=30`);
      expect([body.startIndex, body.totalResults]).toEqual([undefined, 40]);
      seen.push(...body.Resources.map((one: Json) => one.userName));
      cursor = body.nextCursor;
    }
    expect([seen.sort(), cursor]).toEqual([await emails(mode), undefined]);
    expect((await config(mode)).pagination).toEqual({ cursor: true, index: false });
    expect((await mode.scim('GET', '/Users?cursor=wrong')).status).toBe(400);
  });

  it.each([
    ['all', 40],
    ['page', 7],
    ['none', undefined],
  ] as const)('totals %s: totalResults is %s of 40 on a page of 7', async (totals, total) => {
    const mode = await startScim({ totals, maxResults: 7 });
    const { body } = await mode.scim('GET', '/Users');
    expect([body.Resources.length, body.totalResults]).toEqual([7, total]);
  });

  it('ignored: all in one answer, and the same again for the second page', async () => {
    const mode = await startScim({ paging: 'ignored', maxResults: 7 });
    for (const query of ['count=5', 'startIndex=6&count=5']) {
      const { body } = await mode.scim('GET', `/Users?${query}`);
      expect([body.Resources.length, body.startIndex, body.totalResults]).toEqual([40, 1, 40]);
    }
  });
});

describe('spelling', () => {
  it('lowered: a userName is kept in small letters; kept: as it was written', async () => {
    for (const userNames of ['lowered', 'kept'] as const) {
      const mode = await startScim({ userNames });
      const { body } = await mode.scim('POST', '/Users', person('Ann.Lee@acme.example'));
      const kept = userNames === 'kept' ? 'Ann.Lee@acme.example' : ANN;
      expect([body.userName, (await findPerson(mode, ANN)).userName]).toEqual([kept, kept]);
    }
  });

  it('exact: a filter minds capital letters', async () => {
    const mode = await startScim({ comparing: 'exact' });
    await createPerson(mode, ANN);
    expect(await namesFound(mode, filtering(`userName eq "${ANN}"`))).toEqual([ANN]);
    expect(await namesFound(mode, filtering('userName eq "Ann.Lee@acme.example"'))).toEqual([]);
  });
});

describe('answers', () => {
  it('nothing: a change is answered 204 and took effect', async () => {
    const mode = await startScim({ changed: 'nothing' });
    const id = await createPerson(mode, ANN);
    const { status, text } = await mode.scim('PATCH', `/Users/${id}`, off);
    expect([status, text]).toEqual([204, '']);
    expect((await memberOf(mode, ANN)).state).toBe('former');
    expect((await mode.scim('PUT', `/Users/${id}`, person(ANN, { active: true }))).status).toBe(204);
    expect((await mode.scim('PATCH', '/Users/none', off)).status).toBe(404);
  });

  it('hidden: no group shows who is in it, and a change of members leaves the others in', async () => {
    const mode = await startScim({ members: 'hidden' });
    const ids = [await createPerson(mode, ANN), await createPerson(mode, 'bob@acme.example')];
    const { body } = await mode.scim('POST', '/Groups', group('Robotics', ids.slice(0, 1)));
    const add = patch({ op: 'add', path: 'members', value: [{ value: ids[1] }] });
    for (const shown of [
      body,
      (await mode.scim('PATCH', `/Groups/${body.id}`, add)).body,
      (await mode.scim('GET', `/Groups/${body.id}`)).body,
      (await mode.scim('GET', '/Groups?startIndex=9')).body.Resources[0],
    ])
      expect([shown.displayName, 'members' in shown]).toEqual(['Robotics', false]);
    const { groups } = (await mode.control('GET', '/state')).body;
    expect(groups.at(-1).memberTokens.length).toBe(2);
  });
});

describe('creates', () => {
  it('invitation: pending and active in SCIM, a member once they join; a group must wait for that', async () => {
    const mode = await startScim({ creates: 'invitation' });
    const id = await createPerson(mode, ANN);
    expect((await memberOf(mode, ANN)).state).toBe('pending');
    expect((await mode.scim('GET', `/Users/${id}`)).body.active).toBe(true);
    const open = { email: ANN, acceptedAt: null };
    expect((await mode.control('GET', '/state')).body.invites).toContainEqual(open);
    const early = await mode.scim('POST', '/Groups', group('Robotics', [id]));
    expect([early.status, early.body.scimType]).toEqual([400, 'invalidValue']);
    await mode.control('POST', '/join', { email: ANN });
    expect((await mode.scim('POST', '/Groups', group('Robotics', [id]))).status).toBe(201);
  });

  it('invitation: whoever is reactivated is invited again', async () => {
    const mode = await startScim({ creates: 'invitation' });
    const id = await createPerson(mode, ANN, { active: false });
    expect((await memberOf(mode, ANN)).state).toBe('former');
    await mode.scim('PATCH', `/Users/${id}`, patch({ op: 'replace', path: 'active', value: true }));
    expect((await memberOf(mode, ANN)).state).toBe('pending');
  });
});

describe('deactivation and deletion', () => {
  it('flag: SCIM says inactive, the membership and the groups stay', async () => {
    const mode = await startScim({ deactivation: 'flag' });
    const id = await createPerson(mode, ANN);
    await mode.scim('POST', '/Groups', group('Robotics', [id]));
    expect((await mode.scim('PATCH', `/Users/${id}`, off)).body).toMatchObject({
      active: false,
      groups: [{ display: 'Robotics' }],
    });
    expect((await memberOf(mode, ANN)).state).toBe('active');
    await mode.scim('DELETE', `/Users/${id}`);
    expect((await memberOf(mode, ANN)).state).toBe('former');
  });

  it('userDeletes off: DELETE of a user is not offered, of a group it is', async () => {
    const mode = await startScim({ userDeletes: false });
    const id = await createPerson(mode, ANN);
    expect((await mode.scim('DELETE', `/Users/${id}`)).status).toBe(501);
    expect((await memberOf(mode, ANN)).state).toBe('active');
    const { body } = await mode.scim('POST', '/Groups', group('Robotics'));
    expect((await mode.scim('DELETE', `/Groups/${body.id}`)).status).toBe(204);
  });
});

describe('listing', () => {
  it('managed: shows what SCIM created alone, and takes over whoever it did not show', async () => {
    const mode = await startScim({ listing: 'managed' });
    const [member] = await membersIn(mode, 'active');
    expect((await mode.scim('GET', '/Users')).body.totalResults).toBe(0);
    expect((await mode.scim('GET', '/Groups')).body.totalResults).toBe(0);
    const { status, body } = await mode.scim('POST', '/Users', person(member.email));
    expect([status, body.userName]).toEqual([201, member.email]);
    expect((await memberOf(mode, member.email)).memberToken).toBe(member.memberToken);
    expect(await findPerson(mode, member.email)).toMatchObject({ id: body.id });
  });
});

describe('groups and discovery', () => {
  it('groups off: there are none, nor their description, nor in a user', async () => {
    const mode = await startScim({ groups: false });
    for (const path of ['/Groups', '/Groups/1', '/ResourceTypes/Group']) {
      expect((await mode.scim('GET', path)).status).toBe(404);
    }
    const { body } = await mode.scim('GET', '/ResourceTypes');
    expect([body.totalResults, body.Resources.map((one: Json) => one.id)]).toEqual([1, ['User']]);
    const [member] = await membersIn(mode, 'active');
    expect((await findPerson(mode, member.email)).groups).toEqual([]);
  });

  it('discovery off: nothing describes the server, and it works all the same', async () => {
    const mode = await startScim({ discovery: false });
    for (const path of ['/ServiceProviderConfig', '/ResourceTypes', '/Schemas', '/Schemas/x']) {
      expect((await mode.scim('GET', path)).status).toBe(404);
    }
    expect(await createPerson(mode, ANN)).toMatch(/^\d+$/);
  });

  it('discovery on: the configuration, two resource types and their schemas, with whole addresses', async () => {
    const mode = await startScim();
    expect(await config(mode)).toMatchObject({
      bulk: { supported: false },
      sort: { supported: false },
      etag: { supported: false },
      authenticationSchemes: [{ type: 'oauthbearertoken' }],
    });
    for (const path of ['/ResourceTypes', '/Schemas']) {
      const { body } = await mode.scim('GET', path);
      expect(body.totalResults).toBe(2);
      for (const { meta } of body.Resources) expect(meta.location).toContain(`${mode.scimUrl}${path}/`);
    }
  });
});
