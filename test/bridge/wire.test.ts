/** The SCIM wire: who may call, what is answered to the requests that Okta and Entra send, and every error as SCIM says. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  groupSchema,
  readSchemaFile,
  type SchemaDefinition,
  userSchema,
} from '../../src/directory/schema.ts';
import { issueToken } from '../../src/security/tokens.ts';
import { type Answer, type Bridge, startBridge } from '../support/bridge.ts';

const ERROR = 'urn:ietf:params:scim:api:messages:2.0:Error';
const LIST = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';
const MODE_USER = 'urn:ietf:params:scim:schemas:extension:mode:2.0:User';
const GUID = '7f4bc1a3-285e-48ae-8202-5accb43efb0e';

let bridge: Bridge;
let empty: string;
beforeAll(async () => {
  bridge = await startBridge({
    config: { BODY_LIMIT_BYTES: '2000000', PUBLIC_URL: 'https://scim.example.com' },
  });
  empty = (await bridge.addConnection('empty')).token;
});
afterAll(() => bridge.stop());

const get = (path: string, headers?: Record<string, string>) => bridge.scim('GET', path, undefined, headers);
const asEmpty = () => ({ authorization: `Bearer ${empty}` });
const filter = (text: string) => `filter=${encodeURIComponent(text)}`;
const expectError = (answer: Answer, status: number, scimType?: string) => {
  expect(answer.headers.get('content-type')).toMatch(/^application\/scim\+json/);
  expect(answer.body).toEqual({
    schemas: [ERROR],
    status: String(status),
    detail: expect.stringMatching(/\w{3}/),
    ...(scimType === undefined ? {} : { scimType }),
  });
  expect(answer.status).toBe(status);
};
const emptyList = { schemas: [LIST], totalResults: 0, startIndex: 1, itemsPerPage: 0, Resources: [] };

describe('connection tests', () => {
  test.each([
    ['T001 Entra', `/Users?${filter(`userName eq "${GUID}"`)}`],
    ['T002 Entra', `/Users?${filter(`externalId eq "${GUID}"`)}`],
    ['T002 Entra', `/Users?${filter(`emails[type eq "work"].value eq "${GUID}"`)}`],
    ['T003 Entra', `/Groups?excludedAttributes=members&${filter(`displayName eq "${GUID}"`)}`],
    ['T014 Entra with its flag', `/Users?aadOptscim062020&${filter('userName eq "x"')}&foo=bar`],
  ])('%s: %s finds nobody and says so with 200', async (_client, path) => {
    const answer = await get(path);
    expect([answer.status, answer.body]).toEqual([200, emptyList]);
  });

  test.each(['/Users?startIndex=1&count=2', '/Groups?count=100&startIndex=1'])(
    'T004 T005 Okta: %s of an empty directory is a whole ListResponse',
    async (path) => {
      expect((await get(path, asEmpty())).body).toEqual(emptyList);
    },
  );
});

describe('who may call', () => {
  test('T006 without a token: 401 with a challenge and no error code (RFC 6750 §3.1)', async () => {
    const answer = await get('/Users', { authorization: '' });
    expectError(answer, 401);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="scim"');
  });

  test('T008 T011 an unknown, an expired and a revoked token get the same answer, a second live one stays', async () => {
    const wish = { kind: 'scim', connectionId: bridge.connection.id, label: '', expiresAt: null } as const;
    const revoked = await issueToken(bridge.deps, wish);
    const expired = await issueToken(bridge.deps, { ...wish, expiresAt: '2026-01-01T00:00:00.000Z' });
    expect((await get('/Users?count=0', { authorization: `Bearer ${revoked.token}` })).status).toBe(200);
    await bridge.deps.store.tokens.revoke(revoked.record.id, new Date().toISOString());
    const answers = await Promise.all(
      ['non-token-of-anybody', revoked.token, expired.token].map((token) =>
        get('/Users', { authorization: `Bearer ${token}` }),
      ),
    );
    for (const answer of answers) {
      expectError(answer, 401);
      expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"');
      expect(answer.body).toEqual(answers[0]?.body);
    }
    expect((await get('/Users?count=0')).status).toBe(200);
  });

  test('T007 Okta: a raw text that is no token: 401 as JSON', async () => {
    expectError(await get('/Users', { authorization: 'non-token' }), 401);
  });

  test('T010 the token without a scheme, and the scheme in any case of letters', async () => {
    for (const authorization of [bridge.token, `bearer ${bridge.token}`, `BEARER  ${bridge.token}`]) {
      expect((await get('/Users?count=0', { authorization })).status).toBe(200);
    }
  });

  test('T012 a token in the address is no token, and is not logged', async () => {
    const before = bridge.logged.length;
    expectError(await get(`/Users?access_token=${bridge.token}`, { authorization: '' }), 401);
    expect(bridge.logged.slice(before).join('\n')).not.toContain(bridge.token);
  });

  test('an admin token opens no SCIM', async () => {
    const wish = { kind: 'admin', connectionId: null, label: '', expiresAt: null } as const;
    const { token } = await issueToken(bridge.deps, wish);
    expectError(await get('/Users', { authorization: `Bearer ${token}` }), 401);
  });

  test("T013 another connection's person is as unknown as one that never was", async () => {
    const { id } = (await get('/Users?count=1')).body.Resources[0];
    const other = await get(`/Users/${id}`, asEmpty());
    expectError(other, 404);
    const never = await get(`/Users/${GUID}`, asEmpty());
    expect(other.body.detail.replace(id, '')).toBe(never.body.detail.replace(GUID, ''));
  });
});

describe('discovery', () => {
  test('T027 ServiceProviderConfig is read without a token and says what is true', async () => {
    const { status, body } = await get('/ServiceProviderConfig', { authorization: '' });
    expect(status).toBe(200);
    const { meta, ...document } = body;
    const kept = readSchemaFile<{ bulk: object }>('service-provider-config');
    // The limit that this bridge was configured with, which is below the usual one.
    expect(document).toEqual({ ...kept, bulk: { ...kept.bulk, maxPayloadSize: 2_000_000 } });
    expect(meta.location).toBe('https://scim.example.com/scim/v2/ServiceProviderConfig');
  });

  test('T028 T029 schemas and resource types, whole and one by one, as in scim-schemas/', async () => {
    const { body } = await get('/Schemas');
    const documents = [
      userSchema.core,
      groupSchema.core,
      ...userSchema.extensions,
      ...groupSchema.extensions,
      readSchemaFile<SchemaDefinition>('role'),
      readSchemaFile<SchemaDefinition>('entitlement'),
    ];
    expect(body.Resources.map(({ meta: _meta, ...document }: { meta: object }) => document)).toEqual(
      documents,
    );
    for (const { id } of documents) expect((await get(`/Schemas/${id}`)).body.id).toBe(id);
    const types = (await get('/ResourceTypes')).body.Resources;
    for (const { id, name, endpoint } of types) {
      expect([id, (await get(`/ResourceTypes/${id}`)).body.name]).toEqual([name, name]);
      expect((await get(`${endpoint}?count=0`)).status).toBe(200);
    }
    expect(JSON.stringify(body)).not.toMatch(/password|null/);
  });

  test('T031 a filter on discovery is refused, paging is ignored', async () => {
    expectError(await get(`/Schemas?${filter('id eq "x"')}`), 403);
    expect((await get('/Schemas?count=1')).body.Resources.length).toBeGreaterThan(1);
    expectError(await get('/Schemas/urn:nothing'), 404);
  });

  test('T035 /Me is not there, and says so', async () => {
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])
      expectError(await bridge.scim(method, '/Me', method === 'GET' ? undefined : {}), 501);
  });

  test('T026 unknown addresses and methods', async () => {
    expectError(await get('/Nope'), 404);
    const answer = await bridge.scim('DELETE', '/ServiceProviderConfig');
    expectError(answer, 405);
    expect(answer.headers.get('allow')).toContain('GET');
    expectError(await bridge.scim('PATCH', '/Users', {}), 405);
  });
});

describe('bodies and addresses', () => {
  test('T015 a doubled or trailing slash is no other address', async () => {
    for (const path of ['//Users?count=0', '/Users/?count=0', '/users?count=0']) {
      expect([path, (await get(path)).status]).toEqual([path, 200]);
    }
  });

  test('T017 T018 every media type that clients use', async () => {
    for (const accept of ['application/json', 'application/scim+json; charset=utf-8', '*/*']) {
      const answer = await get('/Users?count=0', { accept });
      expect(answer.headers.get('content-type')).toMatch(/^application\/scim\+json/);
    }
    const types = [
      'application/json',
      'application/scim+json; charset=utf-8',
      'APPLICATION/JSON;charset=UTF-8',
    ];
    for (const [index, type] of types.entries()) {
      const user = { userName: `type${index}@acme.example`, active: false };
      expect((await bridge.scim('POST', '/Users', user, { 'content-type': type })).status).toBe(201);
    }
  });

  test('T019 X06 what is no JSON, too large or too deep is refused in SCIM words', async () => {
    expectError(await bridge.scim('POST', '/Users', 'userName=x', { 'content-type': 'text/plain' }), 415);
    expectError(await bridge.scim('POST', '/Users', '{bad'), 400, 'invalidSyntax');
    expectError(await bridge.scim('POST', '/Users', '[1]'), 400, 'invalidSyntax');
    expectError(
      await bridge.scim('POST', '/Users', `{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}`),
      400,
      'invalidSyntax',
    );
    expectError(await bridge.scim('POST', '/Users', { userName: 'x'.repeat(2_000_001) }), 413);
  });

  test('a body that is not what its headers say, and texts that are none, are the mistakes of the client', async () => {
    const gzip = { 'content-encoding': 'gzip' };
    expectError(
      await bridge.scim('POST', '/Users', '{"userName":"x"}', {
        ...gzip,
        'content-type': 'application/json',
      }),
      400,
      'invalidSyntax',
    );
    const noText = { toString: 1, valueOf: 2 };
    expectError(
      await bridge.scim('POST', '/Bulk', { schemas: [noText], Operations: [] }),
      400,
      'invalidSyntax',
    );
    const { id } = (await bridge.scim('POST', '/Groups', { displayName: 'No text' })).body;
    const operations = {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp', noText],
      Operations: [{ op: 'replace', value: { id: noText } }],
    };
    expectError(await bridge.scim('PATCH', `/Groups/${id}`, operations), 400, 'mutability');
    expectError(await get('/Users/%E0%A4%A'), 400, 'invalidSyntax');
  });

  test('an externalId of white space is found as it is shown', async () => {
    const { body } = await bridge.scim('POST', '/Users', {
      userName: 'space@acme.example',
      active: false,
      externalId: ' ',
    });
    const found = await get(`/Users?${filter('externalId eq " "')}`);
    expect([body.externalId, found.body.Resources.map(({ id }: { id: string }) => id)]).toEqual([
      ' ',
      [body.id],
    ]);
  });

  test('a manager without a value is none', async () => {
    const extension = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
    const user = {
      userName: 'unmanaged@acme.example',
      active: false,
      [extension]: { manager: { $ref: 'a' } },
    };
    const { status, body } = await bridge.scim('POST', '/Users', user);
    expect([status, body[extension], body.schemas]).toEqual([201, undefined, [userSchema.core.id]]);
  });

  test('T025 addresses in answers come from PUBLIC_URL, whatever the Host header says', async () => {
    const user = { userName: 'host@acme.example', active: false };
    const answer = await bridge.scim('POST', '/Users', user, { 'x-forwarded-host': 'evil.example' });
    const location = `https://scim.example.com/scim/v2/Users/${answer.body.id}`;
    expect([answer.headers.get('location'), answer.body.meta.location]).toEqual([location, location]);
    expect((await get(`/Users/${answer.body.id}`)).headers.get('location')).toBe(location);
  });

  test('answers are never kept by caches in between, and name the request', async () => {
    const answer = await get('/Users?count=0');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(answer.headers.get('x-powered-by')).toBeNull();
  });
});

describe('people as clients send them', () => {
  test("T037 Entra's create comes back unchanged, with Location", async () => {
    const sent = {
      schemas: [
        'urn:ietf:params:scim:schemas:core:2.0:User',
        'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User',
      ],
      externalId: '0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef',
      userName: 'Test_User_ab6490ee-1e48-479e-a20b-2d77186b5dd1',
      active: true,
      emails: [{ primary: true, type: 'work', value: 'Test_User_fd0ea19b@testuser.com' }],
      meta: { resourceType: 'User' },
      name: { formatted: 'givenName familyName', familyName: 'familyName', givenName: 'givenName' },
      roles: [],
    };
    const { status, body } = await bridge.scim('POST', '/Users', sent);
    expect(status).toBe(201);
    const { externalId, userName, active, emails, name } = sent;
    expect(body).toMatchObject({ externalId, userName, active, emails, name });
    // The enterprise extension was announced but empty; Mode's has data, because she was invited.
    expect(body.schemas).toEqual(['urn:ietf:params:scim:schemas:core:2.0:User', MODE_USER]);
    expect(body[MODE_USER].state).toBe('pending');
    expect(body.meta.created).toBe(body.meta.lastModified);
    expect(body.roles).toBeUndefined();
  });

  test("T039 T105 Okta's password is neither kept nor answered nor logged", async () => {
    const before = bridge.logged.length;
    const user = {
      userName: 'okta@acme.example',
      password: '1mz050nq-secret',
      groups: [],
      locale: 'en-US',
      active: false,
    };
    const { status, body } = await bridge.scim('POST', '/Users', user);
    expect([status, body.locale, body.password]).toEqual([201, 'en-US', undefined]);
    const change = {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
      Operations: [{ op: 'replace', value: { password: 'other-secret' } }],
    };
    expect((await bridge.scim('PATCH', `/Users/${body.id}`, change)).status).toBe(200);
    const everywhere =
      JSON.stringify(await get(`/Users/${body.id}`)) + bridge.logged.slice(before).join('\n');
    expect(everywhere).not.toContain('secret');
  });

  test('T040 the same userName in other letters, or composed otherwise, is taken', async () => {
    expect(
      (await bridge.scim('POST', '/Users', { userName: 'Åsa@acme.example', active: false })).status,
    ).toBe(201);
    for (const userName of ['Åsa@acme.example', 'ÅSA@ACME.EXAMPLE', 'Åsa@acme.example'.normalize('NFD')]) {
      const answer = await bridge.scim('POST', '/Users', { userName, active: false });
      expectError(answer, 409, 'uniqueness');
      expect(answer.body.detail).toMatch(/userName/);
    }
  });

  test('T044 a person without userName is refused by name', async () => {
    for (const userName of [undefined, '', '   ']) {
      const answer = await bridge.scim('POST', '/Users', { userName, displayName: 'Nobody' });
      expectError(answer, 400, 'invalidValue');
      expect(answer.body.detail).toContain('userName');
    }
  });

  test('T047 unknown attributes and __proto__ are ignored, said in the log by name, and harm nobody', async () => {
    const before = bridge.logged.length;
    const body =
      '{"userName":"proto@acme.example","active":false,"favouriteColour":"crimson","__proto__":{"admin":true},"constructor":{"x":1}}';
    const answer = await bridge.scim('POST', '/Users', body);
    expect([answer.status, answer.body.favouriteColour, answer.body.admin]).toEqual([
      201,
      undefined,
      undefined,
    ]);
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined();
    const logged = bridge.logged.slice(before).join('\n');
    expect(logged).toContain('favouriteColour');
    expect(logged).not.toContain('crimson');
  });

  test('T047 a strict connection refuses unknown attributes', async () => {
    const { token } = await bridge.addConnection('strict', { strict: true });
    const headers = { authorization: `Bearer ${token}` };
    const user = {
      schemas: [userSchema.core.id],
      userName: 'strict@acme.example',
      favouriteColour: 'crimson',
    };
    expectError(await bridge.scim('POST', '/Users', user, headers), 400, 'invalidSyntax');
  });

  test('who is in Mode already is found by name, in any case of letters, with what Mode knows', async () => {
    const { userName } = (await get('/Users?count=1')).body.Resources[0];
    const { body } = await get(`/Users?${filter(`userName eq "${userName.toUpperCase()}"`)}`);
    expect(body.totalResults).toBe(1);
    expect(body.Resources[0][MODE_USER]).toEqual({
      state: 'active',
      username: expect.any(String),
      admin: true,
      managedByScim: false,
    });
    expect(body.Resources[0].schemas).toContain(MODE_USER);
  });

  test('T067 T068 T070 pages do not overlap, end empty, and take odd numbers as the RFC says', async () => {
    const total = (await get('/Users?count=0')).body.totalResults;
    const ids: string[] = [];
    for (let startIndex = 1; startIndex <= total; startIndex += 5) {
      const { body } = await get(`/Users?startIndex=${startIndex}&count=5`);
      expect([body.startIndex, body.itemsPerPage, body.totalResults]).toEqual([
        startIndex,
        body.Resources.length,
        total,
      ]);
      ids.push(...body.Resources.map(({ id }: { id: string }) => id));
    }
    expect(new Set(ids).size).toBe(total);
    expect((await get(`/Users?startIndex=${total + 100}`)).body).toMatchObject({
      itemsPerPage: 0,
      Resources: [],
      totalResults: total,
    });
    expect((await get('/Users?startIndex=-3&count=1')).body.startIndex).toBe(1);
    expect((await get('/Users?count=-1')).body).toMatchObject({ itemsPerPage: 0, totalResults: total });
    expectError(await get('/Users?count=abc'), 400, 'invalidValue');
  });

  test('T062 T063 a filter that is not understood is refused, never everybody', async () => {
    for (const text of [
      'userName regex "x"',
      'userName eq',
      'emails[type eq "work"',
      'active gt true',
      'nonsense eq "x"',
    ]) {
      expectError(await get(`/Users?${filter(text)}`), 400, 'invalidFilter');
    }
  });

  test('T074 T106 projection on reads and writes', async () => {
    const { body } = await get('/Users?attributes=userName,emails.value&count=1');
    expect(Object.keys(body.Resources[0]).sort()).toEqual(['emails', 'id', 'schemas', 'userName']);
    const created = await bridge.scim('POST', '/Users?attributes=userName', {
      userName: 'few@acme.example',
      active: false,
    });
    expect(Object.keys(created.body).sort()).toEqual(['id', 'schemas', 'userName']);
  });
});

describe('groups as clients send them', () => {
  test("T115 T117 Entra's group: created empty, read without members, found in any case", async () => {
    const sent = {
      schemas: [
        groupSchema.core.id,
        'http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group',
      ],
      externalId: '8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159',
      displayName: "Test'GroupTwnbct",
      meta: { resourceType: 'Group' },
    };
    const { status, body } = await bridge.scim('POST', '/Groups', sent);
    expect([status, body.members, body.externalId]).toEqual([201, [], sent.externalId]);
    const one = (await get(`/Groups/${body.id}?excludedAttributes=members`)).body;
    expect([one.displayName, 'members' in one]).toEqual([sent.displayName, false]);
    const list = await get(
      `/Groups?excludedAttributes=members&${filter(`displayName eq "test'grouptwnbct"`)}`,
    );
    expect(list.body.Resources.map(({ id }: { id: string }) => id)).toEqual([body.id]);
    const byExternalId = await get(`/Groups?${filter(`externalId eq "${sent.externalId}"`)}`);
    expect(byExternalId.body.totalResults).toBe(1);
  });

  test('T116 T128 a name that is taken, in any case of letters', async () => {
    await bridge.scim('POST', '/Groups', { displayName: 'Taken' });
    const other = (await bridge.scim('POST', '/Groups', { displayName: 'Other' })).body.id;
    expectError(await bridge.scim('POST', '/Groups', { displayName: 'TAKEN' }), 409, 'uniqueness');
    const rename = {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
      Operations: [{ op: 'Replace', path: 'displayName', value: 'taken' }],
    };
    expectError(await bridge.scim('PATCH', `/Groups/${other}`, rename), 409, 'uniqueness');
  });

  test("T123 Okta's rename carries the id; another id is refused", async () => {
    const { id } = (await bridge.scim('POST', '/Groups', { displayName: 'Okta push', members: [] })).body;
    const rename = (value: object) => ({
      schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
      Operations: [{ op: 'replace', value }],
    });
    expect(
      (await bridge.scim('PATCH', `/Groups/${id}`, rename({ id, displayName: 'Okta pushed' }))).status,
    ).toBe(204);
    expect((await get(`/Groups/${id}`)).body.displayName).toBe('Okta pushed');
    expectError(
      await bridge.scim('PATCH', `/Groups/${id}`, rename({ id: GUID, displayName: 'x' })),
      400,
      'mutability',
    );
  });
});
