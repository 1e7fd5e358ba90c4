/** The filters that Entra and its validator send (catalogue §1.2 rule 7, §1.5, T056 to T063, T076). */
import { tableOf } from '../check.ts';
import type { Cast, Context } from '../context.ts';
import { dig, equals, holds, isList, listsExactly, refused } from '../expect.ts';
import { find, reread } from '../steps.ts';

/** A filter that must find ann alone. */
const findsAnn = (filter: (cast: Cast) => string) => async (context: Context) => {
  const cast = await context.cast();
  listsExactly(await find(context, '/Users', filter(cast)), cast.ann.id);
};

const matching = tableOf(
  {
    source: 'Microsoft Entra: every attribute used for matching must be filterable (E1); IPSIE SCIM profile',
    level: 'client',
    profiles: ['entra'],
    remedy:
      'Support eq on this attribute; without it Entra creates the person again in every cycle and gets a 409 each time.',
  },
  [
    {
      id: 'T053-entra',
      title: 'A search by userName finds the one person.',
      run: findsAnn(({ ann }) => `userName eq "${ann.name}"`),
    },
    {
      id: 'T057-value-path',
      title: 'A search by work address, emails[type eq "work"].value, finds the one person.',
      run: findsAnn(({ ann, work }) => `emails[type eq "work"].value eq "${work(ann)}"`),
    },
    {
      id: 'T057-value',
      title: 'A search by emails[value eq …] finds the one person.',
      run: findsAnn(({ ann, home }) => `emails[value eq "${home(ann)}"]`),
    },
    {
      id: 'T057-and',
      title: 'A search by emails[type eq "work" and value eq …] finds the one person.',
      run: findsAnn(({ ann, work }) => `emails[type eq "work" and value eq "${work(ann)}"]`),
    },
    {
      id: 'T057-dotted',
      title: 'A search by emails.value finds the one person.',
      run: findsAnn(({ ann, work }) => `emails.value eq "${work(ann)}"`),
    },
    {
      id: 'T057-short',
      title: 'A search by emails alone compares the addresses.',
      level: 'should',
      source: 'Long practice; RFC 7644 §3.4.2.2 asks for the sub-attribute',
      run: findsAnn(({ ann, work }) => `emails eq "${work(ann)}"`),
    },
    {
      id: 'T057-same-element',
      title: 'Type and value of an address must be those of the same address.',
      source: 'RFC 7644 §3.4.2.2 (complex attribute filter grouping)',
      level: 'must',
      profiles: ['entra', 'rfc'],
      remedy: 'Test the filter in brackets against each value by itself, not against all values at once.',
      run: async (context) => {
        const cast = await context.cast();
        listsExactly(
          await find(context, '/Users', `emails[type eq "work" and value eq "${cast.home(cast.bob)}"]`),
        );
      },
    },
    {
      id: 'T056',
      title:
        'A value without quotes, as in the documentation of Entra, is understood or refused as invalidFilter.',
      source: 'Microsoft Entra: documentation shows filter=externalId eq jyoung (E1)',
      level: 'should',
      remedy: 'Take one word without quotes as a string, or answer 400 invalidFilter; never everybody.',
      run: async (context) => {
        const { ann } = await context.cast();
        const answer = await find(context, '/Users', `externalId eq ${String(ann.sent['externalId'])}`);
        if (context.strict || answer.status !== 200) return refused(answer, 400, 'invalidFilter');
        listsExactly(answer, ann.id);
      },
    },
    {
      id: 'T059-entra',
      title: 'A search by externalId finds the one person.',
      run: findsAnn(({ ann }) => `externalId eq "${String(ann.sent['externalId'])}"`),
    },
  ],
);

const references = tableOf(
  {
    source: 'Microsoft Entra: "Get User with manager" (E1 Example 4)',
    level: 'client',
    profiles: ['entra'],
    needs: ['enterprise.manager'],
    remedy:
      'Let "manager eq" compare manager.value; Entra asks so whether it still has to write the manager.',
  },
  [
    {
      id: 'T058-id-first',
      title: 'id eq … and manager eq … finds the person whose manager it is.',
      run: async (context) => {
        const { ann, bob } = await context.cast();
        const filter = `id eq "${ann.id}" and manager eq "${bob.id}"`;
        listsExactly(await find(context, '/Users', filter, '&attributes=id'), ann.id);
      },
    },
    {
      id: 'T058-manager-first',
      title: 'manager eq … and id eq … finds nobody when it is not her manager.',
      run: async (context) => {
        const { ann, cyd } = await context.cast();
        listsExactly(
          await find(context, '/Users', `manager eq "${cyd.id}" and id eq "${ann.id}"`, '&attributes=id'),
        );
      },
    },
  ],
);

const dangers = tableOf(
  {
    source: 'Catalogue T063; draft SCIM interop profile: unknown filter attribute → 400 invalidFilter',
    level: 'client',
    profiles: ['entra', 'rfc'],
    remedy:
      'Refuse a filter that you do not understand with 400 invalidFilter. Whoever gets everybody instead links the wrong people.',
  },
  [
    {
      id: 'T063',
      title: 'A filter on an attribute that does not exist is never answered with everybody.',
      run: async (context) => {
        await context.cast();
        const answer = await find(context, '/Users', 'noSuchAttribute eq "x"');
        if (answer.status === 200)
          holds(answer, isList(answer).length === 0, 'nobody, or 400', dig(answer.body, 'totalResults'));
        else refused(answer, 400);
      },
    },
    {
      id: 'T063-refused',
      title: 'A filter on an attribute that does not exist is refused as invalidFilter.',
      level: 'should',
      run: async (context) =>
        refused(await find(context, '/Users', 'noSuchAttribute eq "x"'), 400, 'invalidFilter'),
    },
  ],
);

const inactive = tableOf(
  {
    source: 'Microsoft Entra: disabled users must still be returned (E1 General)',
    level: 'client',
    profiles: ['entra', 'okta'],
    remedy: 'Deactivation hides nobody: keep answering for inactive people, with "active": false.',
  },
  [
    {
      id: 'T076-get',
      title: 'Somebody inactive can be read by id and is inactive.',
      run: async (context) => {
        const { cyd } = await context.cast();
        const answer = await reread(context, cyd);
        equals(answer, dig(answer.body, 'active'), false, 'active');
      },
    },
    {
      id: 'T076-filter',
      title: 'Somebody inactive is found by userName and is inactive.',
      run: async (context) => {
        const { cyd } = await context.cast();
        const answer = await find(context, '/Users', `userName eq "${cyd.name}"`);
        listsExactly(answer, cyd.id);
        equals(answer, dig(answer.body, 'Resources', 0, 'active'), false, 'active');
      },
    },
  ],
);

export const entraFilters = [...matching, ...references, ...dangers, ...inactive];
