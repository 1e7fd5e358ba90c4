/** What goes over the wire, and shapes of answers that the emulator does not produce (mode-api.md §1, §2). */
import { answering, reply, SECRET, TOKEN } from './support/answering.ts';
import { connect } from './support/connect.ts';
import { failureOf, invitationOf, soon } from './support/emulated.ts';

const GROUP = { token: 'aaaaaaaaaaaa', name: 'Data', state: 'active' };

/** Everything that can be seen of an error. */
const seen = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  return [error.stack, JSON.stringify(error, Object.getOwnPropertyNames(error)), seen(error.cause)].join(
    '\n',
  );
};

describe('a request', () => {
  it('carries Basic auth, the HAL media type, JSON and who we are', async () => {
    const { mode, requests } = await answering(reply(200, GROUP));
    await mode.createGroup('Data', soon());
    expect(requests[0]).toMatchObject({
      method: 'POST',
      url: '/api/acme/groups',
      body: '{"user_group":{"name":"Data"}}',
    });
    expect(requests[0]?.headers).toMatchObject({
      authorization: `Basic ${Buffer.from(`${TOKEN}:${SECRET}`).toString('base64')}`,
      accept: 'application/hal+json',
      'content-type': 'application/json',
      'user-agent': 'mode-scim-bridge/9.9.9',
    });
  });

  it('keeps odd tokens inside their segment of the path', async () => {
    const { mode, requests } = await answering(reply(200, {}));
    await mode.changeMembers(
      '../a?b',
      { add: [], remove: [{ membershipToken: 'c/d#e%2f', memberToken: '' }] },
      soon(),
    );
    expect(requests[0]?.url).toBe('/api/acme/groups/..%2Fa%3Fb/memberships/c%2Fd%23e%252f');
  });

  it('uses one connection for one call after another', async () => {
    const ports = new Set<number | undefined>();
    const { mode } = await answering((request, response, body) => {
      ports.add(request.socket.remotePort);
      reply(200, GROUP)(request, response, body);
    });
    for (let call = 0; call < 5; call += 1) await mode.createGroup('Data', soon());
    expect(ports.size).toBe(1);
  });

  it('keeps a path in the address of Mode, and takes no address with credentials', async () => {
    const { url, requests } = await answering(reply(200, { workspace: 'acme' }));
    const options = { credentials: { token: TOKEN, secret: SECRET } };
    await connect({
      ...options,
      connection: { modeUrl: `${url}/behind/proxy/`, workspace: 'acme' },
    }).verify(soon());
    expect(requests[0]?.url).toBe('/behind/proxy/api/verify');
    for (const modeUrl of [
      'https://me:pw@mode.example',
      'ftp://mode.example',
      'mode',
      'https://mode.example?x=1',
    ]) {
      expect(() => connect({ ...options, connection: { modeUrl, workspace: 'acme' } })).toThrow(
        /plain http or https URL/,
      );
    }
  });

  it('begins with eight at once', async () => {
    let now = 0;
    let most = 0;
    const { mode } = await answering((request, response, body) => {
      now += 1;
      most = Math.max(most, now);
      setTimeout(() => {
        now -= 1;
        reply(200, GROUP)(request, response, body);
      }, 50);
    });
    await Promise.all(Array.from({ length: 16 }, () => mode.createGroup('Data', soon())));
    expect(most).toBe(8);
  });
});

describe('a refusal', () => {
  it.each([
    [400, 'invalid', 'refused'],
    [402, 'invalid', 'refused'],
    [403, 'forbidden', 'forbidden'],
    [404, 'notFound', 'not-found'],
    [406, 'invalid', 'refused'],
    [408, 'unavailable', 'failing'],
    [409, 'conflict', 'conflict'],
    [413, 'tooLarge', 'too-large'],
    [415, 'invalid', 'refused'],
    [422, 'invalid', 'refused'],
    [302, 'unavailable', 'redirected'],
    [500, 'unavailable', 'failing'],
    [503, 'unavailable', 'failing'],
  ])('of status %i is %s', async (status, kind, reason) => {
    const { mode, requests } = await answering(
      reply(status, { message: 'Because.' }, { location: 'https://elsewhere.example/' }),
    );
    const failure = await failureOf(mode.createGroup('Data', soon()));
    expect(failure).toMatchObject({ name: 'AppError', kind, code: `mode.http.${reason}` });
    expect((failure as Error).cause).toEqual(new Error(`POST /api/{workspace}/groups answered ${status}`));
    expect(requests).toHaveLength(1);
  });

  it.each([
    [{ id: 'bad_request', message: 'No.' }, ': No.'],
    [
      { message: { name: ['is too long', "can't be blank"], base: 'is odd' } },
      ": name is too long; name can't be blank; base is odd",
    ],
    [{ errors: { user: { email: ['is invalid'] } } }, ': user email is invalid'],
    [{ error: 'nope' }, ': nope'],
    [{ message: 'a\r\nb\u0000\u202ec' }, ': a b c'],
    [{ message: 'x'.repeat(2000) }, `: ${'x'.repeat(300)}…`],
    [{ message: 7 }, ''],
    [null, ''],
    ['<html><h1>400</h1></html>', ''],
    ['', ''],
  ])('whose body is %j quotes what there is to quote', async (body, said) => {
    const { mode } = await answering(reply(400, body));
    expect(await failureOf(mode.createGroup('Data', soon()))).toMatchObject({
      message: `Mode refused to create the group${said}`,
    });
  });

  it('that repeats the credentials does not bring them into any message', async () => {
    const basic = Buffer.from(`${TOKEN}:${SECRET}`).toString('base64');
    const message = `bad: ${TOKEN} ${SECRET} Basic ${basic}`;
    for (const status of [400, 401, 403, 500]) {
      const { mode } = await answering(reply(status, { message }));
      const text = seen(await failureOf(mode.invite(invitationOf('a@b.example'), soon())));
      for (const one of [TOKEN, SECRET, basic]) expect(text).not.toContain(one);
    }
  });

  it('by silence does not show the credentials either', async () => {
    const { mode } = await answering((request) => request.socket.destroy());
    const failure = await failureOf(mode.createGroup('Data', soon()));
    expect(failure).toMatchObject({ code: 'mode.http.no-answer' });
    expect((failure as Error).cause).toEqual(
      new Error('POST /api/{workspace}/groups had no answer (ECONNRESET)'),
    );
    expect(seen(failure)).not.toMatch(new RegExp(`${TOKEN}|${SECRET}|[Aa]uthorization`));
  });
});

it.each([
  [429, 'rateLimited'],
  [503, 'unavailable'],
])('hears Retry-After with a %i', async (status, kind) => {
  const { mode, requests } = await answering(reply(status, '', { 'retry-after': '90' }));
  expect(await failureOf(mode.verify(soon(80_000)))).toMatchObject({ kind, retryAfterMs: 90_000 });
  expect(requests).toHaveLength(1);
});
