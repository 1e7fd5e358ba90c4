/** The PATCH requests of Entra, one attribute each, without its flag (catalogue §1.4 A, C, D, E; T083 to T094). */
import { tableOf } from '../check.ts';
import { addressOf, type Context } from '../context.ts';
import { arrayOf, dig, ENTERPRISE, equals, hasStatus, isAbsent, refused } from '../expect.ts';
import { find, patch, patched, patchedForSure, reread } from '../steps.ts';
import { refusedStrictly } from '../strict.ts';

const WORK = 'emails[type eq "work"].value';

/** Sets the work address of somebody who has none; a replace that finds nothing is an error for the strict. */
const createsAddress =
  (op: 'Add' | 'Replace') =>
  async (context: Context): Promise<void> => {
    const person = await context.bare();
    const value = addressOf(context.name(op));
    const operation = { op, path: WORK, value };
    if (context.strict && op === 'Replace')
      return refusedStrictly(await patch(context, person, operation), 'noTarget', 'noTarget');
    const answer = await patched(context, person, operation);
    equals(answer, dig(answer.body, 'emails'), [{ type: 'work', value }], 'emails');
  };

const absent = tableOf(
  {
    source:
      'Microsoft Entra: Add and Replace on a value that is not there yet; catalogue decision 1, RFC 7644 §3.5.2.3',
    level: 'client',
    profiles: ['entra'],
    remedy:
      'When a filter like [type eq "work"] finds nothing, make an element with that type; only a strict server answers noTarget.',
  },
  [
    {
      id: 'T084-add-email',
      title: 'Add to the work address of somebody without one creates it.',
      run: createsAddress('Add'),
    },
    {
      id: 'T084-replace-email',
      title: 'Replace of the work address of somebody without one creates it (strict: 400 noTarget).',
      run: createsAddress('Replace'),
    },
    {
      id: 'T084-others',
      title:
        'Add to a work address in words and to a mobile number that are not there creates both, as sent.',
      needs: ['User.addresses', 'User.phoneNumbers'],
      run: async (context) => {
        const answer = await patched(
          context,
          await context.bare(),
          { op: 'Add', path: 'addresses[type eq "work"].formatted', value: 'Main St 1' },
          { op: 'Add', path: 'phoneNumbers[type eq "mobile"].value', value: '55555555555' },
        );
        const { body } = answer;
        equals(answer, dig(body, 'addresses'), [{ type: 'work', formatted: 'Main St 1' }], 'addresses');
        equals(answer, dig(body, 'phoneNumbers'), [{ type: 'mobile', value: '55555555555' }], 'phoneNumbers');
      },
    },
    {
      id: 'T085',
      title: 'Three operations on roles[primary eq "True"] make one role that is primary.',
      needs: ['User.roles'],
      run: async (context) => {
        const person = await context.bare();
        const at = (name: string) => ({
          op: 'Add',
          path: `roles[primary eq "True"].${name}`,
          value: `r-${name}`,
        });
        const operations = ['value', 'display', 'type'].map(at);
        if (context.strict) return refusedStrictly(await patch(context, person, ...operations), 'types');
        const answer = await patched(context, person, ...operations);
        const wanted = { value: 'r-value', display: 'r-display', type: 'r-type', primary: true };
        equals(answer, dig(answer.body, 'roles'), [wanted], 'roles');
      },
    },
  ],
);

const values = tableOf(
  {
    source: 'Microsoft Entra: "Update User" (E1, E2 without flag)',
    level: 'client',
    profiles: ['entra'],
    remedy:
      'Apply each operation to the attribute that its path names, whatever the letter case of "op", and leave the rest.',
  },
  [
    {
      id: 'T083',
      title: 'Replace of the work address changes its value and keeps type and primary.',
      run: async (context) => {
        const person = await context.person();
        const value = `new.${person.name}`;
        const answer = await patchedForSure(context, person, { op: 'Replace', path: WORK, value });
        equals(answer, dig(answer.body, 'emails'), [{ value, type: 'work', primary: true }], 'emails');
      },
    },
    {
      id: 'T088',
      title: 'An attribute of the enterprise extension is set and removed by its URN, and "schemas" follows.',
      needs: ['enterprise.department'],
      run: async (context) => {
        const person = await context.person();
        const path = `${ENTERPRISE}:department`;
        const set = await patched(context, person, { op: 'Add', path, value: 'HR' });
        equals(set, dig(set.body, ENTERPRISE, 'department'), 'HR', 'department');
        equals(
          set,
          arrayOf(dig(set.body, 'schemas')).includes(ENTERPRISE),
          true,
          'whether schemas lists the extension',
        );
        const removed = await patched(context, person, { op: 'Remove', path });
        isAbsent(removed, dig(removed.body, ENTERPRISE, 'department'), 'department');
      },
    },
    {
      id: 'T090',
      title: 'A single value wrapped as [{"$ref":null,"value":"Babs"}] is unwrapped.',
      source: 'Microsoft Entra: azure-docs#42220; catalogue §1.4 E',
      needs: ['User.nickName'],
      remedy:
        'Unwrap an array of one {value} where the attribute is simple; Entra sends it for attributes it believes complex.',
      run: async (context) => {
        const person = await context.person();
        const operation = { op: 'Add', path: 'nickName', value: [{ $ref: null, value: 'Babs' }] };
        if (context.strict) return refusedStrictly(await patch(context, person, operation), 'shapes');
        const answer = await patched(context, person, operation);
        equals(answer, dig(answer.body, 'nickName'), 'Babs', 'nickName');
      },
    },
    {
      id: 'T091',
      title: 'Remove of the work address with its value removes that address.',
      source: 'Microsoft Entra: SCIMReferenceCode#87; catalogue §1.4 D',
      run: async (context) => {
        const person = await context.person();
        const answer = await patched(context, person, { op: 'Remove', path: WORK, value: person.name });
        const left = arrayOf(dig(answer.body, 'emails')).map((email) => dig(email, 'value'));
        equals(answer, left.includes(person.name), false, 'whether the address is still there');
      },
    },
    {
      id: 'T092',
      title: 'Replace of a title with "" and then with null leaves no title and no error.',
      source: 'Microsoft Entra gallery test SCIM_Null_Update (E14)',
      needs: ['User.title'],
      remedy: 'Take "" and null as "no value" (RFC 7643 §2.5).',
      run: async (context) => {
        const person = await context.person({ title: 'Lead' });
        const empty = await patched(context, person, { op: 'Replace', path: 'title', value: '' });
        isAbsent(empty, dig(empty.body, 'title'), 'title');
        const none = await patched(context, person, { op: 'Replace', path: 'title', value: null });
        isAbsent(none, dig(none.body, 'title'), 'title');
      },
    },
    {
      id: 'T093',
      title: 'Replace of userName renames the person, who is then found by the new name.',
      run: async (context) => {
        const person = await context.person();
        const userName = `${context.name('renamed')}@example.com`;
        hasStatus(
          await patch(context, person, { op: 'Replace', path: 'userName', value: userName }),
          200,
          204,
        );
        const answer = await find(context, '/Users', `userName eq "${userName}"`);
        equals(answer, dig(answer.body, 'Resources', 0, 'id'), person.id, 'the id of who is found');
      },
    },
    {
      id: 'T093-taken',
      title:
        "Replace of userName with another person's is refused with 409, and nothing else of the request is applied.",
      source: 'RFC 7644 §3.5.2 (atomic), §3.3 (uniqueness)',
      level: 'must',
      profiles: ['entra', 'rfc'],
      remedy: 'Check all operations before any of them is stored.',
      run: async (context) => {
        const [first, second] = [await context.target(), await context.person()];
        const rename = { op: 'replace', path: 'userName', value: first.name };
        const answer = await patch(
          context,
          second,
          { op: 'replace', path: 'displayName', value: 'Half' },
          rename,
        );
        refused(answer, 409, 'uniqueness');
        const after = await reread(context, second);
        equals(after, dig(after.body, 'displayName'), second.sent['displayName'], 'displayName');
      },
    },
    {
      id: 'T094',
      title: 'Replace of externalId changes it.',
      run: async (context) => {
        const person = await context.person();
        const value = context.name('Eqpj');
        const answer = await patched(context, person, { op: 'Replace', path: 'externalId', value });
        equals(answer, dig(answer.body, 'externalId'), value, 'externalId');
      },
    },
  ],
);

export const entraPatch = [...absent, ...values];
