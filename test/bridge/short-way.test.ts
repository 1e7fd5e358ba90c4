/** The short way that most reads take (src/scim/direct.ts): the same answers as the long one, and what is only seen there. */

import { once } from 'node:events';
import { get as httpGet, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Answer, type Bridge, startBridge } from '../support/bridge.ts';

let bridge: Bridge;
beforeAll(async () => {
  bridge = await startBridge();
});
afterAll(() => bridge.stop());

const get = (path: string, headers?: Record<string, string>) => bridge.scim('GET', path, undefined, headers);
const filter = (text: string) => `filter=${encodeURIComponent(text)}`;

/** What arrives, byte by byte, and in which form. */
const raw = (path: string, headers: Record<string, string>) =>
  new Promise<{ readonly headers: IncomingHttpHeaders; readonly bytes: number }>((resolve, reject) => {
    const authorization = `Bearer ${bridge.token}`;
    const asked = httpGet(
      `${bridge.server.url}/scim/v2${path}`,
      { headers: { authorization, ...headers } },
      (answer) => {
        let bytes = 0;
        answer.on('data', (part: Buffer) => {
          bytes += part.length;
        });
        answer.on('end', () => resolve({ headers: answer.headers, bytes }));
      },
    );
    asked.on('error', reject);
  });

describe('reads', () => {
  /** What an answer says, apart from what names this one request. */
  const said = ({ status, headers, body }: Answer) => {
    const { 'x-request-id': _id, date: _date, ...rest } = Object.fromEntries(headers);
    return { status, body, headers: rest };
  };

  test.each(['gzip, deflate', 'identity'])(
    'answers what Express answers, to who accepts %s: another case of letters takes the long way',
    async (encoding) => {
      const accepts = { 'accept-encoding': encoding };
      const [person] = (await get('/Users?count=1')).body.Resources;
      const [group] = (await get('/Groups?count=1')).body.Resources;
      const known = (await get(`/Users/${person.id}`)).headers.get('etag') ?? '';
      const asked: readonly (readonly [string, Record<string, string>])[] = [
        [`/Users/${person.id}`, {}],
        [`/Users/${person.id}?attributes=userName`, {}],
        [`/Users/${person.id}`, { 'if-none-match': known }],
        ['/Users?count=12', {}],
        [`/Users?${filter('userName sw "a" or active eq true')}&excludedAttributes=groups&foo=%E4`, {}],
        ['/Users?filter=nonsense', {}],
        ['/Users/nobody', {}],
        ['/Users', { authorization: 'Bearer nobody' }],
        ['/Users', { authorization: '' }],
        [`/Groups/${group.id}`, {}],
        ['/Groups?count=2&startIndex=2', {}],
      ];
      for (const [path, headers] of asked) {
        const short = said(await get(path, { ...accepts, ...headers }));
        const elsewhere = path.replace(/^\/\w+/, (name) => name.toUpperCase());
        const long = said(await get(elsewhere, { ...accepts, ...headers }));
        expect({ path, ...short }).toEqual({ path, ...long });
      }
    },
  );

  test('a client that goes through a proxy says the whole address (RFC 9112 §3.2.2); a fragment is nobody’s business', async () => {
    const [{ id }] = (await get('/Users?count=1')).body.Resources;
    const asked = async (target: string) => {
      const { port } = new URL(bridge.server.url);
      const headers = { authorization: `Bearer ${bridge.token}`, host: 'bridge.example' };
      const sent = request({ port, path: target, headers }).end();
      const [answer] = (await once(sent, 'response')) as [IncomingMessage];
      return { status: answer.statusCode, body: await text(answer) };
    };
    for (const path of [`/scim/v2/Users/${id}`, '/scim/v2/Users?count=2', '/SCIM/v2/users?count=2', '/']) {
      const plain = await asked(path);
      expect(plain.status).toBe(200);
      for (const origin of ['http://bridge.example', 'HTTPS://bridge.example:8443'])
        expect(await asked(origin + path)).toEqual(plain);
    }
    const root = await asked('/');
    expect([await asked('http://bridge.example'), await asked('http://bridge.example?x=1')]).toEqual([
      root,
      root,
    ]);
    expect(await asked('/scim/v2/Users?count=2#x')).toEqual(await asked('/scim/v2/Users?count=2'));
  });

  test('HEAD, which takes the long way, answers what GET does, without the body', async () => {
    const [{ id }] = (await get('/Users?count=1')).body.Resources;
    for (const path of [`/Users/${id}`, '/Users?count=3', '/Users/nobody', '/Groups?count=2']) {
      const { status, headers } = said(await get(path, { 'accept-encoding': 'identity' }));
      // What is known only once there is a body need not be said (RFC 9110 §9.3.2).
      const { 'content-length': _length, ...known } = headers;
      const head = await bridge.scim('HEAD', path, undefined, { 'accept-encoding': 'identity' });
      expect({ path, ...said(head), body: undefined }).toEqual({
        path,
        status,
        headers: known,
        body: undefined,
      });
    }
  });

  test('a page is made small for who accepts that, and one person is not worth it', async () => {
    const zipped = async (path: string, encoding: string) =>
      (await get(path, { 'accept-encoding': encoding })).headers.get('content-encoding');
    const [{ id }] = (await get('/Users?count=1')).body.Resources;
    expect(await zipped('/Users?count=12', 'gzip')).toBe('gzip');
    expect(await zipped('/Users?count=12', 'identity')).toBeNull();
    expect(await zipped(`/Users/${id}`, 'gzip')).toBeNull();
    expect((await get('/Users?count=0')).headers.get('vary')).toBe('Accept-Encoding');
  });

  test.each([undefined, 'identity', 'gzip'])(
    'every answer says how long it is, unless it is made smaller, to who accepts %s',
    async (encoding) => {
      const accepts: Record<string, string> = encoding === undefined ? {} : { 'accept-encoding': encoding };
      const { body } = await bridge.scim('POST', '/Users', { userName: `Zoë.${encoding}@acme.example` });
      const alone = `/Users/${body.id}`;
      const pages = ['/Users?count=100', '/USERS?count=100'];
      for (const path of [alone, ...pages, '/Users/nobody', '/ServiceProviderConfig']) {
        const { headers, bytes } = await raw(path, accepts);
        const isSmaller = encoding === 'gzip' && pages.includes(path);
        const said = [headers['content-encoding'], headers['content-length'], headers['transfer-encoding']];
        expect([path, ...said]).toEqual(
          isSmaller ? [path, 'gzip', undefined, 'chunked'] : [path, undefined, String(bytes), undefined],
        );
      }
      const { headers, bytes } = await raw(alone, { ...accepts, 'if-none-match': body.meta.version });
      expect([bytes, headers['content-length'], headers['transfer-encoding']]).toEqual([
        0,
        undefined,
        undefined,
      ]);
    },
  );

  test('a body with a GET is looked at like any other', async () => {
    expect((await bridge.scim('GET', '/Users', 'x', { 'content-type': 'text/plain' })).status).toBe(415);
  });

  test('the secret of a webhook address stays out of the log, however the address is written', async () => {
    const { webhookSecret } = bridge.connection;
    for (const path of [`/hooks/mode/${webhookSecret}`, `//HOOKS//mode/${webhookSecret}?x=1`]) {
      const answer = await fetch(bridge.server.url + path, { method: 'POST', body: '{"event":"x"}' });
      expect(answer.status).toBe(200);
    }
    const lines = bridge.logged.filter((line) => line.includes('/hooks/'));
    expect(lines.length).toBeGreaterThan(1);
    expect(lines.join('\n')).not.toContain(webhookSecret);
  });
});
