/** How Okta creates, updates, suspends and reactivates people, by PUT and by PATCH (catalogue §2.4, §2.5; T018, T039, T080 to T109). */
import { tableOf } from '../check.ts';
import { dig, equals, hasStatus, isAbsent, isObject } from '../expect.ts';
import { isDone, patch, patchedForSure, reread } from '../steps.ts';
import { refusedStrictly } from '../strict.ts';

const creation = tableOf(
  {
    source: 'Okta: "Create the User" (scim-20)',
    level: 'client',
    profiles: ['okta'],
    remedy: "Accept Okta's body as it is, whatever you do not need of it.",
  },
  [
    {
      id: 'T039',
      title:
        'A person is created with the password, locale and empty groups that Okta always sends; no password comes back.',
      remedy:
        'Drop or hash the password, never show it: Okta sends a random one even when password sync is off.',
      run: async ({ scim, personBody }) => {
        const answer = await scim(
          'POST',
          '/Users',
          personBody({ locale: 'en-US', groups: [], password: '1mz050nq' }),
        );
        hasStatus(answer, 201);
        equals(answer, dig(answer.body, 'password'), undefined, 'password');
      },
    },
    {
      id: 'T018',
      title: 'A body of the type application/scim+json; charset=utf-8 is accepted.',
      source: 'Entra validator; RFC 7644 §3.8 (application/json: okta-spec/6)',
      remedy: 'Accept application/json and application/scim+json, with or without charset.',
      run: async ({ scim, personBody }) => {
        const type = 'application/scim+json; charset=utf-8';
        hasStatus(await scim('POST', '/Users', personBody(), { 'content-type': type }), 201);
      },
    },
  ],
);

const PATHLESS = {
  source: 'Okta: "Update a specific User (PATCH)"; catalogue decision 2',
  remedy: 'Take a replace without path as a set of attributes: Okta deactivates in no other way.',
};

const status = tableOf(
  {
    ...PATHLESS,
    level: 'client',
    profiles: ['okta'],
  },
  [
    {
      id: 'T080',
      title:
        'A replace without path, {"active":false}, deactivates; reading her is still a 200 (strict: refused).',
      run: async (context) => {
        const person = await context.person();
        const operation = { op: 'replace', value: { active: false } };
        if (context.strict)
          return refusedStrictly(await patch(context, person, operation), 'path', 'invalidSyntax');
        const answer = await patchedForSure(context, person, operation);
        equals(answer, dig(answer.body, 'active'), false, 'active');
      },
    },
    {
      id: 'T109',
      title: 'A replace without path, {"active":true}, reactivates under the same id (strict: refused).',
      run: async (context) => {
        const person = await context.person({ active: false });
        const operation = { op: 'replace', value: { active: true } };
        if (context.strict)
          return refusedStrictly(await patch(context, person, operation), 'path', 'invalidSyntax');
        const answer = await patchedForSure(context, person, operation);
        equals(answer, dig(answer.body, 'active'), true, 'active');
        equals(answer, dig(answer.body, 'id'), person.id, 'id');
      },
    },
    {
      id: 'T105',
      title: 'A replace without path, {"password":…}, is accepted and shows no password (strict: refused).',
      remedy: 'Accept a password even when you keep none; never show it.',
      run: async (context) => {
        const person = await context.person();
        const answer = await patch(context, person, { op: 'replace', value: { password: 'n3w-Passw0rd' } });
        if (context.strict) return refusedStrictly(answer, 'path', 'invalidSyntax');
        isDone(answer);
        equals(answer, dig(answer.body, 'password'), undefined, 'password');
      },
    },
    {
      id: 'T081',
      title: 'PUT with active false deactivates.',
      source: 'Okta AIW applications: all updates by PUT (O3)',
      remedy: 'Apply "active" of a PUT: an application made with the wizard has no other way to deactivate.',
      run: async (context) => {
        const person = await context.person();
        hasStatus(
          await context.scim('PUT', person.path, { ...person.sent, id: person.id, active: false }),
          200,
        );
        const answer = await reread(context, person);
        equals(answer, dig(answer.body, 'active'), false, 'active');
      },
    },
    {
      id: 'T082',
      title: 'PUT without "active" neither brings somebody back nor locks anybody out.',
      source: 'Okta: profile pushes by PUT do not change the status; Delinea (catalogue §2.5)',
      level: 'should',
      remedy: 'Leave "active" as it is when a PUT does not name it.',
      run: async (context) => {
        const person = await context.person({ active: false });
        const { active: _, ...sent } = person.sent;
        hasStatus(await context.scim('PUT', person.path, { ...sent, id: person.id }), 200);
        const answer = await reread(context, person);
        equals(answer, dig(answer.body, 'active'), false, 'active');
      },
    },
  ],
);

const profile = tableOf(
  {
    source: 'Okta: "Update a specific User (PUT)"; RFC 7644 §3.5.1',
    level: 'client',
    profiles: ['okta'],
    remedy:
      'Take a PUT with everything that a GET showed: ignore id, meta and groups, and clear what is left out.',
  },
  [
    {
      id: 'T102',
      title:
        'What the server shows of a person can be sent back by PUT with a new name, with id, meta and groups in it.',
      run: async (context) => {
        const person = await context.person();
        const shown = isObject(person.answer.body) ? person.answer.body : {};
        const body = { ...shown, name: { givenName: 'Another', familyName: 'Scim' } };
        hasStatus(await context.scim('PUT', person.path, body), 200);
        const answer = await reread(context, person);
        equals(answer, dig(answer.body, 'name', 'givenName'), 'Another', 'name.givenName');
        equals(answer, dig(answer.body, 'id'), person.id, 'id');
      },
    },
    {
      id: 'T102-clears',
      title: 'PUT clears what the body leaves out or empties.',
      source: 'Okta test plan C9337 "push empty values"; RFC 7644 §3.5.1',
      needs: ['User.title'],
      run: async (context) => {
        const person = await context.person({ title: 'Lead' });
        const { title: _, ...sent } = person.sent;
        hasStatus(await context.scim('PUT', person.path, { ...sent, id: person.id, displayName: '' }), 200);
        const answer = await reread(context, person);
        isAbsent(answer, dig(answer.body, 'title'), 'title');
        isAbsent(answer, dig(answer.body, 'displayName'), 'displayName');
      },
    },
    {
      id: 'T104',
      title:
        'PUT with a trailing "?" and "active" as text, as OneLogin sends it, is accepted (strict: refused).',
      source: 'OneLogin: logs of goauthentik/authentik#11249 (catalogue §3)',
      run: async (context) => {
        const person = await context.person();
        const body = { ...person.sent, id: person.id, active: 'true' };
        const answer = await context.scim('PUT', `${person.path}?`, body);
        if (context.strict) return refusedStrictly(answer, 'types');
        hasStatus(answer, 200);
        equals(answer, dig(answer.body, 'active'), true, 'active');
      },
    },
    {
      id: 'T042',
      title:
        'A person is created with the schema of SCIM 1, a null id and "active" as text (strict: refused).',
      source: 'OneLogin: JSON template (catalogue §3)',
      remedy: 'Do not depend on "schemas" of the body; ignore "id".',
      run: async ({ scim, personBody, strict }) => {
        const sent = personBody({ schemas: ['urn:scim:schemas:core:1.0'], id: null, active: 'true' });
        const answer = await scim('POST', '/Users', sent);
        if (strict) return refusedStrictly(answer, 'unknown');
        hasStatus(answer, 201);
        equals(answer, dig(answer.body, 'active'), true, 'active');
      },
    },
  ],
);

export const oktaPeople = [...creation, ...status, ...profile];
