/** Who may call, and HTTP around SCIM: challenges, media types, addresses (RFC 6750 §3, RFC 7644 §2, §3.8, §3.11 to §3.13). */
import { randomBytes, randomUUID } from 'node:crypto';
import { tableOf } from '../check.ts';
import type { Context } from '../context.ts';
import { dig, equals, hasScimType, hasStatus, holds, isList, isScimError, refused } from '../expect.ts';
import type { Answer } from '../wire.ts';

const challengeOf = (answer: Answer): string => answer.headers.get('www-authenticate') ?? 'none';

const hasChallenge = (answer: Answer): void =>
  holds(answer, challengeOf(answer) !== 'none', 'a WWW-Authenticate header', challengeOf(answer));

const random = () => ({ authorization: `Bearer ${randomBytes(24).toString('hex')}` });

const callers = tableOf(
  {
    source: 'RFC 7644 §2 (SHALL indicate supported schemes in WWW-Authenticate); RFC 6750 §3',
    level: 'must',
    profiles: ['rfc'],
    remedy: 'Answer 401 with WWW-Authenticate: Bearer realm="scim" and a SCIM error.',
  },
  [
    {
      id: 'T006',
      title: 'A request without Authorization is a 401 with a challenge and a SCIM error.',
      run: async ({ scim }) => {
        const answer = await scim('GET', '/Users?count=1', undefined, { authorization: null });
        isScimError(answer, 401);
        hasChallenge(answer);
      },
    },
    {
      id: 'rfc6750-3.1-no-error-code',
      title: 'The challenge to a request without Authorization has no error code.',
      source: 'RFC 6750 §3.1 (SHOULD NOT include an error code)',
      level: 'should',
      run: async ({ scim }) => {
        const answer = await scim('GET', '/Users?count=1', undefined, { authorization: null });
        holds(answer, !/error=/.test(challengeOf(answer)), 'a challenge without error=', challengeOf(answer));
      },
    },
    {
      id: 'T007',
      title: 'A wrong Authorization header is a 401 with a challenge and a SCIM error.',
      profiles: ['okta', 'rfc'],
      run: async ({ scim }) => {
        const answer = await scim('GET', '/Users?count=1', undefined, { authorization: 'non-token' });
        isScimError(answer, 401);
        hasChallenge(answer);
      },
    },
    {
      id: 'T008',
      title: 'A token that is not known is a 401 with error="invalid_token".',
      source: 'RFC 6750 §3.1 (SHOULD)',
      level: 'should',
      run: async ({ scim }) => {
        const answer = await scim('GET', '/Users?count=1', undefined, random());
        isScimError(answer, 401);
        holds(
          answer,
          challengeOf(answer).includes('invalid_token'),
          'error="invalid_token"',
          challengeOf(answer),
        );
      },
    },
    {
      id: 'T008-write',
      title: 'A write with a token that is not known is a 401.',
      run: async ({ scim, personBody }) => refused(await scim('POST', '/Users', personBody(), random()), 401),
    },
  ],
);

/** Reads one page with this Accept header. */
const accepts =
  (accept: string) =>
  async ({ scim }: Context) => {
    const answer = await scim('GET', '/Users?count=1', undefined, { accept });
    isList(answer);
    if (accept !== 'application/json') hasScimType(answer);
  };

const media = tableOf(
  {
    source: 'RFC 7644 §3.8 (MUST accept application/scim+json, SHOULD application/json)',
    level: 'must',
    profiles: ['rfc'],
    remedy: 'Accept both media types with any charset of UTF-8, and answer with application/scim+json.',
  },
  [
    {
      id: 'T017-scim',
      title: 'Accept: application/scim+json is served.',
      run: accepts('application/scim+json; charset=utf-8'),
    },
    {
      id: 'T017-json',
      title: 'Accept: application/json is served.',
      level: 'should',
      run: accepts('application/json'),
    },
    { id: 'T017-any', title: 'Accept: */* is served as application/scim+json.', run: accepts('*/*') },
    {
      id: 'T019-json',
      title: 'A body that is no JSON is a 400 invalidSyntax with a SCIM error.',
      source: 'RFC 7644 §3.12 Table 9',
      run: async ({ scim }) => {
        const answer = await scim('POST', '/Users', '{"schemas":');
        isScimError(answer, 400);
        refused(answer, 400, 'invalidSyntax');
      },
    },
    {
      id: 'T019-type',
      title: 'A body of the type text/plain is refused.',
      source: 'RFC 9110 §15.5.16',
      level: 'should',
      run: async ({ scim, personBody }) =>
        hasStatus(
          await scim('POST', '/Users', JSON.stringify(personBody()), { 'content-type': 'text/plain' }),
          415,
          400,
        ),
    },
    {
      id: 'X07',
      title: 'An answer to a client that accepts gzip can be read.',
      source: 'Okta accepts gzip (catalogue §2.2)',
      run: async ({ scim }) =>
        void isList(await scim('GET', '/Users?count=5', undefined, { 'accept-encoding': 'gzip' })),
    },
    {
      id: 'X06-body',
      title: 'A body of 20 MB is refused, not swallowed.',
      source: 'Catalogue §5.11; RFC 9110 §15.5.14',
      level: 'should',
      when: 'alone',
      remedy: 'Bound the size of bodies and answer 413.',
      run: async ({ scim, personBody }) => {
        // Blanks between the parts of a JSON text mean nothing: a server that swallows them keeps nothing of them.
        const body = JSON.stringify(personBody()).replace('{', `{${' '.repeat(20_000_000)}`);
        const answer = await scim('POST', '/Users', body).catch((error: unknown) => error);
        // A server may close the connection before it has read everything; then there is no answer to see.
        if (answer instanceof Error) return;
        hasStatus(answer as Answer, 413, 400);
      },
    },
  ],
);

const addresses = tableOf(
  {
    source: 'RFC 7644 §3.12: errors are SCIM errors',
    level: 'must',
    profiles: ['rfc'],
    remedy:
      'Let no error leave the server that is not a SCIM error in JSON, those of the framework included.',
  },
  [
    {
      id: 'T026',
      title: 'An address that does not exist is a 404 with a SCIM error.',
      run: async ({ scim }) => isScimError(await scim('GET', '/Nope'), 404),
    },
    {
      id: 'T026-method',
      title: 'A method that is not possible is refused with a SCIM error (405 with Allow).',
      source: 'RFC 9110 §15.5.6; RFC 7644 §3.12',
      level: 'should',
      run: async ({ scim }) => {
        const answer = await scim('POST', '/ServiceProviderConfig', {});
        isScimError(answer, 405, 501);
        const allow = answer.headers.get('allow');
        if (answer.status === 405) holds(answer, allow !== null, 'an Allow header', allow);
      },
    },
    {
      id: 'T015-trailing',
      title: '/Users/ is served as /Users is.',
      source: 'Catalogue §6 rank 18: base URLs with slashes too many',
      level: 'should',
      remedy: 'Treat slashes too many as one.',
      run: async ({ scim }) => void isList(await scim('GET', '/Users/?count=1')),
    },
    {
      id: 'T015-double',
      title: '//Users is served as /Users is.',
      source: 'Catalogue §6 rank 18: base URLs with slashes too many',
      level: 'should',
      remedy: 'Treat slashes too many as one.',
      run: async ({ scim }) => void isList(await scim('GET', '//Users?count=1')),
    },
    {
      id: 'T035',
      title: '/Me is served, points to the person, or is refused with 501 or 404.',
      source: 'RFC 7644 §3.11',
      remedy: 'Answer 501 when there is no "me".',
      run: async ({ scim }) => {
        const answer = await scim('GET', '/Me');
        if (answer.status === 200 || answer.status === 308) return;
        isScimError(answer, 501, 404, 403);
      },
    },
    {
      id: 'T025',
      title: 'Locations do not follow a header X-Forwarded-Host of the caller.',
      source: 'Catalogue §5.6: header trust',
      level: 'should',
      remedy: 'Build addresses from a configured public URL, or trust such headers only from your proxy.',
      run: async ({ scim, personBody }) => {
        const answer = await scim('POST', '/Users', personBody(), { 'x-forwarded-host': 'evil.example' });
        hasStatus(answer, 201);
        const location = `${answer.headers.get('location')} ${String(dig(answer.body, 'meta', 'location'))}`;
        equals(
          answer,
          location.includes('evil.example'),
          false,
          'whether the forged host is in the location',
        );
      },
    },
    {
      id: 'T077',
      title:
        'A resource that does not exist is a 404 with status "404" and a detail, for people and for groups.',
      run: async ({ scim }) => {
        isScimError(await scim('GET', `/Users/${randomUUID()}`), 404);
        isScimError(await scim('GET', `/Groups/${randomUUID()}`), 404);
      },
    },
  ],
);

export const rfcAccess = [...callers, ...media, ...addresses];
