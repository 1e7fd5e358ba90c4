/** PATCH as Entra sends it with aadOptscim062020, and the manager in all its forms (catalogue §1.4 B, §1.5; T086 to T089). */
import { tableOf } from '../check.ts';
import type { Context } from '../context.ts';
import { CORE_USER, dig, ENTERPRISE, equals, isAbsent, type Json } from '../expect.ts';
import { patch, patched } from '../steps.ts';
import { refusedStrictly } from '../strict.ts';

const MANAGER = `${ENTERPRISE}:manager`;

const merged = tableOf(
  {
    source: 'Microsoft Entra: aadOptscim062020 (E2); catalogue decision 2',
    level: 'client',
    profiles: ['entra'],
    remedy:
      'Take an operation without path as a set of attributes; its keys may be dotted paths and full URNs.',
  },
  [
    {
      id: 'T086',
      title:
        'One replace without path sets attributes by dotted paths and by URN (strict: 400 invalidSyntax).',
      needs: ['enterprise.employeeNumber'],
      run: async (context) => {
        const person = await context.person();
        const value = {
          displayName: 'Bjfe',
          'name.givenName': 'Kkom',
          'name.familyName': 'Unua',
          [`${ENTERPRISE}:employeeNumber`]: 'Aklq',
        };
        if (context.strict)
          return refusedStrictly(await patch(context, person, { op: 'replace', value }), 'path');
        const answer = await patched(context, person, { op: 'replace', value });
        equals(answer, dig(answer.body, 'displayName'), 'Bjfe', 'displayName');
        equals(answer, dig(answer.body, 'name', 'givenName'), 'Kkom', 'name.givenName');
        equals(answer, dig(answer.body, 'name', 'familyName'), 'Unua', 'name.familyName');
        equals(answer, dig(answer.body, ENTERPRISE, 'employeeNumber'), 'Aklq', 'employeeNumber');
        equals(
          answer,
          dig(answer.body, 'name', 'formatted'),
          'Check Scim',
          'name.formatted, which was not named,',
        );
      },
    },
    {
      id: 'T087',
      title: 'One replace without path merges nested attributes and keeps what it does not name.',
      needs: ['enterprise.department'],
      run: async (context) => {
        const person = await context.person();
        const value = { name: { givenName: 'Kkom' }, [ENTERPRISE]: { department: 'D' } };
        const sent = patch(context, person, { op: 'replace', value });
        if (context.strict) return refusedStrictly(await sent, 'path', 'invalidSyntax');
        await sent;
        const answer = await patched(context, person, {
          op: 'add',
          path: 'externalId',
          value: context.name('x'),
        });
        equals(answer, dig(answer.body, 'name', 'givenName'), 'Kkom', 'name.givenName');
        equals(
          answer,
          dig(answer.body, 'name', 'familyName'),
          'Scim',
          'name.familyName, which was not named,',
        );
        equals(answer, dig(answer.body, ENTERPRISE, 'department'), 'D', 'department');
      },
    },
    {
      id: 'T100',
      title:
        'One unknown attribute does not keep a deactivation in the same request from happening (strict: 400).',
      source: 'Catalogue decision 4 and §1.9: a refused attribute blocks the whole request, a leaver stays',
      remedy: 'Ignore paths that the schema does not know, note them in the log, and apply the rest.',
      run: async (context) => {
        const person = await context.person();
        const operations = [
          { op: 'Replace', path: 'noSuchAttribute', value: 'x' },
          { op: 'Replace', path: 'active', value: false },
        ];
        if (context.strict)
          return refusedStrictly(
            await patch(context, person, ...operations),
            'unknown',
            'invalidPath',
            'invalidSyntax',
          );
        const answer = await patched(context, person, ...operations);
        equals(answer, dig(answer.body, 'active'), false, 'active');
      },
    },
  ],
);

/** Sets a manager in some form and looks who it is. */
const sets = (form: (id: string) => Json, unusual: boolean) => async (context: Context) => {
  const [boss, person] = [(await context.cast()).bob, await context.person()];
  const operation = form(boss.id);
  if (context.strict && unusual) return refusedStrictly(await patch(context, person, operation), 'shapes');
  const answer = await patched(context, person, operation);
  equals(answer, dig(answer.body, ENTERPRISE, 'manager', 'value'), boss.id, 'manager.value');
};

/** Sets a manager and takes her away again in some form. */
const removes = (operation: Json) => async (context: Context) => {
  const boss = (await context.cast()).bob;
  const person = await context.person({
    schemas: [CORE_USER, ENTERPRISE],
    [ENTERPRISE]: { manager: { value: boss.id } },
  });
  const answer = await patched(context, person, operation);
  isAbsent(answer, dig(answer.body, ENTERPRISE, 'manager', 'value'), 'manager');
};

const managers = tableOf(
  {
    source: 'Microsoft Entra: "Update User manager" (E1 Example 5) and its validator; catalogue decision 5',
    level: 'client',
    profiles: ['entra'],
    needs: ['enterprise.manager'],
    remedy:
      'Take a manager as an object, an array of one, or a bare id; an empty one means none. Show {value} below the enterprise URN, or Entra writes it again in every cycle.',
  },
  [
    {
      id: 'T089-object',
      title: 'A manager is set by URN as {value}.',
      run: sets((value) => ({ op: 'add', path: MANAGER, value: { value } }), false),
    },
    {
      id: 'T089-array',
      title: 'A manager is set by path "manager" as an array of one (strict: 400).',
      run: sets((value) => ({ op: 'Add', path: 'manager', value: [{ $ref: null, value }] }), true),
    },
    {
      id: 'T089-text',
      title: 'A manager is set by URN as a bare id (strict: 400).',
      run: sets((value) => ({ op: 'add', path: MANAGER, value }), true),
    },
    {
      id: 'T089-empty',
      title: 'Replace of the manager with "" removes her.',
      run: removes({ op: 'replace', path: MANAGER, value: '' }),
    },
    {
      id: 'T089-remove',
      title: 'Remove of the manager removes her.',
      run: removes({ op: 'Remove', path: MANAGER }),
    },
  ],
);

export const entraMerged = [...merged, ...managers];
