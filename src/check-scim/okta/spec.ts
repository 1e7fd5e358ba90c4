/** The twelve requests of Okta's SCIM 2.0 SPEC test, with its assertions (catalogue §2.8). */
import { randomUUID } from 'node:crypto';
import { tableOf } from '../check.ts';
import { addressOf, type Context } from '../context.ts';
import {
  arrayOf,
  CORE_USER,
  dig,
  ERROR,
  equals,
  hasStatus,
  holds,
  isList,
  isUnassigned,
  type Json,
  refused,
} from '../expect.ts';
import { find } from '../steps.ts';
import type { Answer } from '../wire.ts';

/** The address of the test: every value that a client of Okta reads of a person. */
const isWhole = (answer: Answer, person: unknown): void => {
  const parts = {
    id: dig(person, 'id'),
    userName: dig(person, 'userName'),
    'name.givenName': dig(person, 'name', 'givenName'),
    'name.familyName': dig(person, 'name', 'familyName'),
    'emails[0].value': dig(person, 'emails', 0, 'value'),
    active: dig(person, 'active'),
  };
  const missing = Object.entries(parts).flatMap(([name, value]) => (isUnassigned(value) ? [name] : []));
  equals(answer, missing, [], 'the list of attributes that are missing');
};

const isError = (answer: Answer, status: number): void => {
  hasStatus(answer, status);
  holds(
    answer,
    arrayOf(dig(answer.body, 'schemas')).includes(ERROR),
    `schemas to hold "${ERROR}"`,
    dig(answer.body, 'schemas'),
  );
  holds(answer, !isUnassigned(dig(answer.body, 'detail')), 'a "detail"', answer.text);
};

const hasCounters = (answer: Answer): void => {
  for (const name of ['totalResults', 'startIndex', 'itemsPerPage']) {
    const value = dig(answer.body, name);
    holds(answer, typeof value === 'number', `${name} to be a JSON number`, value);
  }
};

/** Okta's test posts plain JSON. */
const asOkta = { 'content-type': 'application/json', accept: 'application/scim+json; charset=utf-8' };

const oktaPerson = ({ name }: Context): Json => {
  const userName = addressOf(name('okta'));
  return {
    schemas: [CORE_USER],
    userName,
    name: { givenName: 'Runscope', familyName: 'Check' },
    emails: [{ primary: true, value: userName, type: 'work' }],
    displayName: 'Runscope Check',
    active: true,
  };
};

export const oktaSpec = tableOf(
  {
    source: 'Okta SCIM 2.0 SPEC test (okta-developer-docs, SCIMFiles/Okta-SCIM-20-SPEC-Test.json)',
    level: 'client',
    profiles: ['okta'],
    remedy: 'Okta lists no integration that fails its own test; give exactly the answer it expects.',
  },
  [
    {
      id: 'okta-spec/1',
      title: 'GET /Users?count=1&startIndex=1 gives one whole person and counters that are numbers.',
      remedy:
        'Count in JSON numbers, send Resources as an array; and see to it that the first person has names and an address.',
      run: async (context) => {
        await context.cast();
        const answer = await context.scim('GET', '/Users?count=1&startIndex=1');
        const [first] = isList(answer);
        hasCounters(answer);
        isWhole(answer, first);
      },
    },
    {
      id: 'okta-spec/2',
      title: 'GET /Users/{id} gives the whole person with the same id.',
      run: async (context) => {
        const { ann } = await context.cast();
        const answer = await context.scim('GET', ann.path);
        hasStatus(answer, 200);
        isWhole(answer, answer.body);
        equals(answer, dig(answer.body, 'id'), ann.id, 'id');
      },
    },
    {
      id: 'okta-spec/3',
      title: 'A search for a userName that nobody has gives a ListResponse with totalResults 0.',
      run: async (context) => {
        const answer = await find(context, '/Users', `userName eq "${randomUUID()}"`);
        isList(answer);
        equals(answer, dig(answer.body, 'totalResults'), 0, 'totalResults');
      },
    },
    {
      id: 'okta-spec/4',
      title: 'GET of somebody who does not exist is a 404 with a SCIM error.',
      run: async ({ scim }) => isError(await scim('GET', `/Users/${randomUUID()}`), 404),
    },
    {
      id: 'okta-spec/5',
      title: 'A search for a random e-mail address as userName counts 0, as a number.',
      run: async (context) => {
        const answer = await find(context, '/Users', `userName eq "${addressOf(randomUUID())}"`);
        isList(answer);
        equals(answer, dig(answer.body, 'totalResults'), 0, 'totalResults');
      },
    },
    {
      id: 'okta-spec/6',
      title: 'POST /Users as application/json creates an active person, 201.',
      run: async (context) => {
        const sent = oktaPerson(context);
        const answer = await context.scim('POST', '/Users', sent, asOkta);
        hasStatus(answer, 201);
        isWhole(answer, answer.body);
        equals(answer, dig(answer.body, 'active'), true, 'active');
        equals(answer, dig(answer.body, 'userName'), sent['userName'], 'userName');
        holds(
          answer,
          arrayOf(dig(answer.body, 'schemas')).includes(CORE_USER),
          `schemas to hold ${CORE_USER}`,
          answer.body,
        );
      },
    },
    {
      id: 'okta-spec/7',
      title: 'Whoever was created can be read at once, unchanged.',
      run: async (context) => {
        const created = await context.target();
        const answer = await context.scim('GET', created.path);
        hasStatus(answer, 200);
        isWhole(answer, answer.body);
        equals(answer, dig(answer.body, 'userName'), created.name, 'userName');
      },
    },
    {
      id: 'okta-spec/8',
      title: 'The same POST a second time is refused with 409.',
      run: async (context) => {
        const { sent } = await context.target();
        refused(await context.scim('POST', '/Users', sent, asOkta), 409);
      },
    },
    {
      id: 'okta-spec/9',
      title: 'A search for the userName in capitals is answered 200.',
      run: async (context) => {
        const { ann } = await context.cast();
        isList(await find(context, '/Users', `userName eq "${ann.name.toUpperCase()}"`));
      },
    },
    {
      id: 'okta-spec/10',
      title: 'GET /Groups is answered 200 with a list in less than 600 ms.',
      level: 'should',
      needs: ['groups'],
      when: 'alone',
      run: async ({ scim }) => {
        const answer = await scim('GET', '/Groups');
        isList(answer);
        holds(answer, answer.exchange.ms < 600, 'less than 600 ms', `${answer.exchange.ms} ms`);
      },
    },
    {
      id: 'okta-spec/11',
      title: 'A wrong Authorization header is a 401 with a SCIM error in JSON.',
      remedy: 'Answer 401 with a SCIM Error body: Okta shows its "detail" to the admin.',
      run: async ({ scim }) => {
        const answer = await scim('GET', '/Users?count=1', undefined, { authorization: 'non-token' });
        isError(answer, 401);
        equals(answer, dig(answer.body, 'status'), '401', 'status');
      },
    },
    {
      id: 'okta-spec/12',
      title: 'GET /Users/00919288221112222 is a 404 with status "404".',
      run: async ({ scim }) => {
        const answer = await scim('GET', '/Users/00919288221112222');
        isError(answer, 404);
        equals(answer, dig(answer.body, 'status'), '404', 'status');
      },
    },
  ],
);
