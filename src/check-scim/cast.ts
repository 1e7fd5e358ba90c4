/** The people and the group that checks only read: one set for a run, because each creation costs the server a request. */
import type { Cast, Context, Resource } from './context.ts';
import { CORE_USER, ENTERPRISE, type Json } from './expect.ts';
import { lacks } from './features.ts';

const local = ({ name }: Resource): string => name.split('@')[0] ?? name;

const emailsOf = (name: string): readonly Json[] => [
  { type: 'work', value: `${name}@example.com`, primary: true },
  { type: 'home', value: `${name}@example.org` },
];

/** Creates them with the context of the whole run. Throws Unmet when the server refuses. */
export const createCast = async (context: Context): Promise<Cast> => {
  const { name } = context;
  const person = (hint: string, familyName: string, extra: Json) => {
    const own = name(hint);
    const userName = `${own}@example.com`;
    return context.person({
      userName,
      name: { givenName: 'Check', familyName },
      emails: emailsOf(own),
      ...extra,
    });
  };
  const title = `Lead ${name('Title')}`;
  const department = `Dept ${name('dept')}`;
  const enterprise = lacks(context.discovery, 'enterprise.department') === undefined;
  const bob = await person('bob', 'Birch', {});
  const more = enterprise
    ? { schemas: [CORE_USER, ENTERPRISE], [ENTERPRISE]: { department, manager: { value: bob.id } } }
    : {};
  const ann = await person('Ann', 'Ashe', { title, externalId: name('Ext-Ann'), ...more });
  const cyd = await person('cyd', 'Cole', { active: false });
  const grouped = lacks(context.discovery, 'groups') === undefined;
  const members = [{ value: ann.id }, { value: bob.id }];
  const group = grouped ? await context.group({ externalId: name('Ext-Group'), members }) : undefined;
  return {
    ann,
    bob,
    cyd,
    group,
    title,
    department,
    work: (who) => `${local(who)}@example.com`,
    home: (who) => `${local(who)}@example.org`,
  };
};
