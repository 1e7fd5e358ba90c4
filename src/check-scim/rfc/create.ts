/** Creation, and what every resource must look like (RFC 7644 §3.3, RFC 7643 §2, §3; T043 to T051, T078). */
import { randomUUID } from 'node:crypto';
import { tableOf } from '../check.ts';
import { addressOf, type Context } from '../context.ts';
import {
  arrayOf,
  CORE_USER,
  dig,
  ENTERPRISE,
  equals,
  hasStatus,
  holds,
  isObject,
  refused,
} from '../expect.ts';
import { find, reread } from '../steps.ts';

const XSD_DATE_TIME = /^-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

const creation = tableOf(
  {
    source: 'RFC 7644 §3.3',
    level: 'must',
    profiles: ['rfc'],
    remedy: 'Answer 201 with the whole resource, a Location header and the same address in meta.location.',
  },
  [
    {
      id: 'rfc7644-3.3-location',
      title: 'Creation answers 201 with a Location that is meta.location and can be read.',
      run: async (context) => {
        const person = (await context.cast()).ann;
        const { answer } = person;
        const location = answer.headers.get('location');
        holds(answer, location !== null, 'a Location header', 'none');
        equals(answer, dig(answer.body, 'meta', 'location'), location, 'meta.location');
        holds(
          answer,
          location?.endsWith(person.path) ?? false,
          `a Location that ends in ${person.path}`,
          location,
        );
      },
    },
    {
      id: 'rfc7643-3.1-meta',
      title: 'meta says User, created and lastModified are date-times with a zone, and the same at first.',
      source: 'RFC 7643 §3.1',
      run: async ({ cast }) => {
        const { answer } = (await cast()).ann;
        const meta = dig(answer.body, 'meta');
        equals(answer, dig(meta, 'resourceType'), 'User', 'meta.resourceType');
        const created = String(dig(meta, 'created'));
        holds(answer, XSD_DATE_TIME.test(created), 'meta.created like 2026-01-23T04:56:22Z', created);
        equals(answer, dig(meta, 'lastModified'), created, 'meta.lastModified');
      },
    },
    {
      id: 'T043',
      title: 'A client cannot choose the id or forge meta; an existing person of that id is untouched.',
      source: 'RFC 7644 §3.3 (readOnly attributes SHALL be ignored); catalogue §6 rank 16',
      remedy: 'Ignore id and meta in bodies.',
      run: async (context) => {
        const victim = await context.target();
        const meta = { resourceType: 'Group', created: '2001-01-01T00:00:00Z' };
        const { answer, id } = await context.person({ id: victim.id, meta });
        holds(answer, id !== victim.id, 'another id than the one the client sent', id);
        equals(answer, dig(answer.body, 'meta', 'resourceType'), 'User', 'meta.resourceType');
        holds(
          answer,
          !String(dig(answer.body, 'meta', 'created')).startsWith('2001'),
          'a true meta.created',
          answer.body,
        );
        const after = await reread(context, victim);
        equals(after, dig(after.body, 'userName'), victim.name, 'userName of the other person');
      },
    },
    ...(
      [
        ['T044', 'A person without userName', undefined],
        ['T044-empty', 'A person with an empty userName', ''],
        ['T044-blank', 'A person with a blank userName', '   '],
      ] as const
    ).map(([id, who, userName]) => ({
      id,
      title: `${who} is refused with 400 invalidValue.`,
      source: 'RFC 7643 §4.1.1 (userName REQUIRED, non-empty); RFC 7644 §3.12',
      level: userName === '   ' ? ('should' as const) : ('must' as const),
      remedy: 'Refuse it and name userName in the detail.',
      run: async ({ scim, personBody }: Context) =>
        refused(await scim('POST', '/Users', personBody({ userName })), 400, 'invalidValue', 'invalidSyntax'),
    })),
    {
      id: 'T048',
      title: 'Attribute names in other letters are understood and come back in the right ones.',
      source: 'RFC 7643 §2.1 (attribute names are case insensitive)',
      remedy: 'Look names up without regard to letter case.',
      run: async ({ scim, name }) => {
        const userName = addressOf(name());
        const emails = [{ VALUE: userName, Type: 'work' }];
        const answer = await scim('POST', '/Users', {
          schemas: [CORE_USER],
          USERNAME: userName,
          Emails: emails,
        });
        hasStatus(answer, 201);
        equals(answer, dig(answer.body, 'userName'), userName, 'userName');
        equals(answer, dig(answer.body, 'emails', 0, 'value'), userName, 'emails[0].value');
      },
    },
    {
      id: 'T049',
      title: 'Two addresses that are both primary are refused with 400.',
      source: 'RFC 7643 §2.4 (primary MUST appear no more than once)',
      remedy: 'Refuse it with invalidValue; do not choose one.',
      run: async ({ scim, personBody, name }) => {
        const emails = ['work', 'home'].map((type) => ({ type, value: addressOf(name()), primary: true }));
        refused(await scim('POST', '/Users', personBody({ emails })), 400, 'invalidValue', 'invalidSyntax');
      },
    },
    {
      id: 'T051',
      title: 'Letters of any language come back unchanged and can be searched.',
      source: 'RFC 7644 §3.8 (UTF-8)',
      remedy: 'Read and write UTF-8; decode the query before the filter.',
      run: async (context) => {
        const userName = `${context.name('jürgen+test')}@例え.jp`;
        const displayName = 'Jürgen "J\\" 🚀';
        const { id, answer } = await context.person({ userName, displayName });
        equals(answer, dig(answer.body, 'displayName'), displayName, 'displayName');
        const found = await find(context, '/Users', `userName eq "${userName}"`);
        equals(found, dig(found.body, 'Resources', 0, 'id'), id, 'the id of who is found');
      },
    },
    {
      id: 'T051-normal-form',
      title: 'The same name written with combined and with single characters is the same name.',
      source: 'RFC 7644 §5, §7.8 (PRECIS, RFC 8265 UsernameCaseMapped)',
      level: 'should',
      remedy: 'Normalise userName (NFC, case folding) before it is compared.',
      run: async ({ scim, person, personBody, name }) => {
        const userName = `${name('åsa')}@example.com`;
        await person({ userName: userName.normalize('NFC') });
        refused(
          await scim('POST', '/Users', personBody({ userName: userName.normalize('NFD') })),
          409,
          'uniqueness',
        );
      },
    },
    {
      id: 'T050',
      title: 'Creation with ?attributes=userName shows that, id and schemas, and nothing else.',
      source: 'RFC 7644 §3.9 (every operation that returns a resource)',
      remedy: 'Apply attributes and excludedAttributes to the answers of POST, PUT and PATCH as well.',
      run: async ({ scim, personBody }) => {
        const answer = await scim('POST', '/Users?attributes=userName', personBody());
        hasStatus(answer, 201);
        const shown = isObject(answer.body) ? Object.keys(answer.body) : [];
        const more = shown.filter((name) => !['userName', 'id', 'schemas', 'meta'].includes(name));
        equals(answer, more, [], 'the list of other attributes');
        equals(answer, typeof dig(answer.body, 'id'), 'string', 'the type of id');
      },
    },
  ],
);

const shape = tableOf(
  {
    source: 'RFC 7643 §3.1, §3.3',
    level: 'must',
    profiles: ['rfc'],
    remedy: 'List the URN of an extension in schemas if, and only if, the resource has data of it.',
  },
  [
    {
      id: 'T078-schemas',
      title: 'schemas lists the enterprise extension exactly when the person has data of it.',
      needs: ['enterprise.department'],
      run: async (context) => {
        const { ann, bob } = await context.cast();
        for (const who of [ann, bob]) {
          const answer = await reread(context, who);
          const listed = arrayOf(dig(answer.body, 'schemas')).includes(ENTERPRISE);
          equals(
            answer,
            listed,
            isObject(dig(answer.body, ENTERPRISE)),
            'whether schemas lists the extension',
          );
        }
      },
    },
    {
      id: 'T078-nulls',
      title: 'No attribute of a person is null.',
      source: 'RFC 7643 §2.5; Microsoft Entra',
      level: 'should',
      run: async (context) => {
        const answer = await reread(context, (await context.cast()).bob);
        holds(answer, !/:\s*null\b/.test(answer.text), 'no null', 'a null');
      },
    },
    {
      id: 'rfc7643-3.1-id',
      title: 'An id is not "bulkId" and nobody is found by it in other letters (caseExact).',
      run: async (context) => {
        const { ann } = await context.cast();
        const { answer } = ann;
        holds(answer, !ann.id.toLowerCase().includes('bulkid'), 'an id without "bulkId"', ann.id);
        const other = ann.id === ann.id.toUpperCase() ? ann.id.toLowerCase() : ann.id.toUpperCase();
        if (other === ann.id) return;
        const found = await find(context, '/Users', `id eq "${other}"`);
        equals(found, dig(found.body, 'totalResults'), 0, 'totalResults');
      },
    },
    {
      id: 'rfc7643-4.1.1-password',
      title: 'A password that was sent is in no answer.',
      source: 'RFC 7643 §4.1.1, §9.2 (never returned)',
      profiles: ['rfc', 'okta'],
      run: async (context) => {
        const secret = randomUUID();
        const person = await context.person({ password: secret });
        const { answer } = person;
        holds(answer, !answer.text.includes(secret), 'no password', 'the password');
        const asked = await context.scim('GET', `${person.path}?attributes=password`);
        holds(asked, !asked.text.includes(secret), 'no password', 'the password');
      },
    },
  ],
);

export const rfcCreate = [...creation, ...shape];
