/**
 * Around Mode's own SCIM endpoint: signing in, counting, faults, and two emulators in one process, whose SCIM library
 * keeps its settings for the whole process.
 */
import { closeAll, type Json, memberOf, startMode } from './support/emulator.ts';
import { createPerson, findPerson, group, patch, person, type ScimMode, startScim } from './support/scim.ts';

afterEach(closeAll);

const ANN = 'ann.lee@acme.example';
const CREATE = 'POST /scim/v2/Users';
const order = (mode: ScimMode, fault: Json) => mode.control('POST', '/faults', fault);

describe('signing in', () => {
  it.each([null, '', 'wrong'])('with the bearer token %j is refused with 401', async (token) => {
    const mode = await startScim();
    const { status, headers, body } = await mode.scim('GET', '/Users', undefined, token);
    expect([status, headers.get('www-authenticate'), body.status]).toEqual([
      401,
      'Bearer realm="Mode"',
      '401',
    ]);
  });

  it('takes the token of its own emulator, and neither the REST key here nor the SCIM token there', async () => {
    const mode = await startScim({}, { scimToken: 'own-token' });
    expect((await mode.scim('GET', '/Users', undefined, 'own-token')).status).toBe(200);
    expect((await mode.get('/scim/v2/Users')).status).toBe(401);
    const authorization = 'Bearer own-token';
    expect((await mode.call('GET', '/api/acme/groups', undefined, authorization)).status).toBe(401);
  });
});

describe('calls', () => {
  it('are counted by template beside those of REST, refused ones too', async () => {
    const mode = await startScim({ updates: 'put' });
    const id = await createPerson(mode, ANN);
    await findPerson(mode, ANN);
    await mode.scim('GET', `/Users/${id}`);
    await mode.scim('PATCH', `/Users/${id}`, patch());
    await mode.scim('PUT', '/Groups/1', group('Robotics'));
    await mode.scim('GET', '/Schemas/', undefined, null);
    await mode.scim('POST', '/Bulk', {});
    await mode.get('/SCIM/v2/Users');
    await mode.get('/api/acme');
    expect((await mode.control('GET', '/calls')).body.byRoute).toEqual({
      [CREATE]: 1,
      'GET /scim/v2/Users': 1,
      'GET /scim/v2/Users/{id}': 1,
      'PATCH /scim/v2/Users/{id}': 1,
      'PUT /scim/v2/Groups/{id}': 1,
      'GET /scim/v2/Schemas': 1,
      'POST unmatched': 1,
      'GET unmatched': 1,
      'GET /api/{workspace}': 1,
    });
  });

  it.each(['/Me', '/Nothing', '/Users/1/more', '/.search'])(
    'of %s, which there is not, answer 404',
    async (path) => {
      const mode = await startScim();
      const { status, body } = await mode.scim('GET', path);
      expect([status, body.status]).toEqual([404, '404']);
    },
  );
});

describe('faults', () => {
  it('answer in the words of SCIM, so many times, then as ever', async () => {
    const mode = await startScim();
    await order(mode, { route: CREATE, status: 429, headers: { 'Retry-After': '2' } });
    const { status, headers, body, type } = await mode.scim('POST', '/Users', person(ANN));
    expect([status, headers.get('retry-after'), type]).toEqual([
      429,
      '2',
      'application/scim+json; charset=utf-8',
    ]);
    expect(body).toMatchObject({ schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'], status: '429' });
    expect(await memberOf(mode, ANN)).toBeUndefined();
    expect((await mode.scim('POST', '/Users', person(ANN))).status).toBe(201);
  });

  it('drop the connection before the effect, or after it', async () => {
    const mode = await startScim();
    await order(mode, { route: CREATE, drop: true });
    await expect(mode.scim('POST', '/Users', person(ANN))).rejects.toThrow('fetch failed');
    expect(await memberOf(mode, ANN)).toBeUndefined();
    await order(mode, { route: CREATE, dropAfter: true });
    await expect(mode.scim('POST', '/Users', person(ANN))).rejects.toThrow('fetch failed');
    expect((await memberOf(mode, ANN)).state).toBe('active');
    expect((await mode.control('GET', '/calls')).body.byRoute).toEqual({ [CREATE]: 2 });
  });

  it('delay, and meet SCIM by * too', async () => {
    const mode = await startScim();
    await order(mode, { route: '*', delayMs: 150 });
    const begun = performance.now();
    expect((await mode.scim('GET', '/Users?count=1')).status).toBe(200);
    expect(performance.now() - begun).toBeGreaterThanOrEqual(145);
  });
});

it('answers 500, not 404, and the connection lives on, when a change cannot be kept', async () => {
  const events: string[] = [];
  const mode = await startScim(
    {},
    {
      log: (event) => events.push(event),
      newToken: () => {
        throw new Error('broken');
      },
    },
  );
  const { status, body } = await mode.scim('POST', '/Users', person(ANN));
  expect([status, body.detail]).toEqual([500, 'Internal server error']);
  expect(events).toContain('emulator.scim.failed');
  expect((await mode.scim('GET', '/Users?count=1')).status).toBe(200);
});

describe('two emulators in one process', () => {
  const both = async () => [
    await startScim({ updates: 'put', maxResults: 3 }, { workspace: 'one', scimToken: 'token-one' }),
    await startScim({ filter: 'refused', maxResults: 5 }, { workspace: 'two', scimToken: 'token-two' }),
  ];

  it('answer each with its own people, addresses and abilities, however their calls mingle', async () => {
    const modes = await both();
    const visits = Array.from({ length: 60 }, (_none, at) => modes[at % 2] as ScimMode);
    const wrong = await Promise.all(
      visits.map(async (mode, at) => {
        const created = await mode.scim('POST', '/Users', person(`p${at}@${mode.workspace}.example`));
        const listed = await mode.scim('GET', '/Users');
        const strangers = listed.body.Resources.filter(
          (one: Json) =>
            !one.userName.endsWith(`@${mode.workspace}.example`) ||
            !one.meta.location.startsWith(mode.scimUrl),
        );
        return strangers.length + Number(!created.body.meta.location.startsWith(mode.scimUrl));
      }),
    );
    expect(wrong.reduce((sum, one) => sum + one, 0)).toBe(0);
    for (const [at, supported] of [false, true].entries()) {
      const { body } = await (modes[at] as ScimMode).scim('GET', '/ServiceProviderConfig');
      expect([body.patch.supported, body.filter]).toEqual([
        supported,
        { supported: !supported, maxResults: supported ? 5 : 3 },
      ]);
      expect(body.authenticationSchemes).toHaveLength(1);
    }
  });

  it('do not take each other’s token', async () => {
    const [one, two] = (await both()) as [ScimMode, ScimMode];
    expect((await one.scim('GET', '/Users', undefined, two.scimToken)).status).toBe(401);
    expect((await startMode({ workspace: 'three' })).scimUrl).toMatch(/\/scim\/v2$/);
  });
});
