/** A PATCH as a whole: all or nothing, its answer, two at once (RFC 7644 §3.5.2; T095, T106, T108). */
import { tableOf } from '../check.ts';
import { type Context, patchBody } from '../context.ts';
import { dig, equals, hasStatus, holds, isObject, type Json, refused } from '../expect.ts';
import { isDone, patch, reread } from '../steps.ts';

/** Two requests at once; what was answered with success must be there. */
const bothKept = async (context: Context): Promise<void> => {
  const person = await context.person();
  const wishes: readonly Json[] = [
    { op: 'replace', path: 'displayName', value: 'First' },
    { op: 'replace', path: 'name.givenName', value: 'Second' },
  ];
  const answers = await Promise.all(wishes.map((wish) => patch(context, person, wish)));
  for (const answer of answers) hasStatus(answer, 200, 204, 409, 412, 503);
  const after = await reread(context, person);
  const [first, second] = answers.map(({ status }) => status < 300);
  if (first) equals(after, dig(after.body, 'displayName'), 'First', 'displayName');
  if (second) equals(after, dig(after.body, 'name', 'givenName'), 'Second', 'name.givenName');
};

export const rfcPatchWhole = tableOf(
  {
    level: 'must',
    profiles: ['rfc'],
    needs: ['patch'],
    source: 'RFC 7644 §3.5.2',
    remedy: 'Apply all operations of a request or none.',
  },
  [
    {
      id: 'T095',
      title: 'When one of three operations is wrong, none is applied and lastModified stays.',
      run: async (context) => {
        const person = await context.person();
        const answer = await patch(
          context,
          person,
          { op: 'replace', path: 'displayName', value: 'Half' },
          { op: 'replace', path: 'name.givenName', value: 'Half' },
          { op: 'replace', path: 'id', value: 'x' },
        );
        refused(answer, 400);
        const after = await reread(context, person);
        equals(after, dig(after.body, 'displayName'), person.sent['displayName'], 'displayName');
        equals(after, dig(after.body, 'name', 'givenName'), 'Check', 'name.givenName');
        equals(
          after,
          dig(after.body, 'meta', 'lastModified'),
          dig(person.answer.body, 'meta', 'lastModified'),
          'meta.lastModified',
        );
      },
    },
    {
      id: 'rfc7644-3.5.2-answer',
      profiles: ['okta', 'rfc'],
      remedy: 'Answer 204, or 200 with the whole resource; a 200 without a body is neither.',
      title: 'PATCH answers 204, or 200 with the whole resource, and lastModified moves on.',
      run: async (context) => {
        const person = await context.person();
        const answer = await patch(context, person, { op: 'replace', path: 'displayName', value: 'Other' });
        isDone(answer);
        if (answer.status === 200)
          equals(answer, dig(answer.body, 'displayName'), 'Other', 'displayName in the answer');
        const after = await reread(context, person);
        const [before, now] = [person.answer, after].map(({ body }) =>
          Date.parse(String(dig(body, 'meta', 'lastModified'))),
        );
        holds(after, Number(now) >= Number(before), 'a later lastModified', dig(after.body, 'meta'));
      },
    },
    {
      id: 'T106',
      title: 'PATCH with ?attributes=userName answers 200 with that.',
      source: 'RFC 7644 §3.5.2 (MUST 200 when attributes is given), §3.9',
      remedy: 'Answer 200 with the projection when the request has the parameter attributes.',
      run: async ({ scim, person }) => {
        const { path } = await person();
        const body = patchBody({ op: 'replace', path: 'displayName', value: 'x' });
        const answer = await scim('PATCH', `${path}?attributes=userName`, body);
        hasStatus(answer, 200);
        const names = isObject(answer.body) ? Object.keys(answer.body) : [];
        equals(answer, names.includes('displayName'), false, 'whether displayName is shown');
        equals(answer, names.includes('userName'), true, 'whether userName is shown');
      },
    },
    {
      id: 'T108',
      title: 'Of two PATCH requests at the same time none is lost.',
      source: 'Catalogue T108',
      level: 'should',
      remedy: 'Read, change and write in one transaction, or refuse the slower one with 409 or 412.',
      run: bothKept,
    },
  ],
);
