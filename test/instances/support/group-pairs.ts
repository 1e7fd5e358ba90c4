/** Pairs about groups and who is in them. */
import { createPerson, somebody } from './people-pairs.ts';
import {
  checkGroup,
  checkList,
  checkPerson,
  type Group,
  groupBody,
  groupsOf,
  type Pair,
  type Person,
  patchOf,
  same,
  type Walk,
} from './walk.ts';
import type { Side } from './world.ts';

const someone = async (walk: Walk, write: Side): Promise<Person> =>
  somebody(walk) ?? (await createPerson(walk, write));

const peopleIn = (walk: Walk, { members }: Group): readonly Person[] =>
  [...members].flatMap((id) => walk.people.get(id) ?? []);

const createGroup = async (walk: Walk, write: Side, read: Side): Promise<Group> => {
  const members = new Set([(await someone(walk, write)).id, (await someone(walk, write)).id]);
  const wish = { name: `Group ${walk.name} ${walk.nextNumber()}`, members };
  const answer = await write.ask('POST', '/Groups', groupBody(wish));
  same(walk, `creation of ${wish.name} at ${write.name}`, [answer.status, 201], answer);
  const group = { ...wish, id: String(answer.body.id), etag: answer.etag ?? '' };
  walk.groups.set(group.id, group);
  await checkGroup(walk, read, group, false);
  for (const person of peopleIn(walk, group)) await checkPerson(walk, read, person, true);
  return group;
};

const someGroup = async (walk: Walk, write: Side, read: Side): Promise<Group> =>
  walk.groups.size === 0 ? createGroup(walk, write, read) : walk.random.pick([...walk.groups.values()]);

const create: Pair = async (walk, write, read) => {
  await createGroup(walk, write, read);
  await checkList(walk, read, ['/Groups', ''], walk.groups.keys());
};

const patch = async (walk: Walk, write: Side, group: Group, operation: object): Promise<void> => {
  const bound: Record<string, string> = walk.random.below(2) === 0 ? {} : { 'if-match': group.etag };
  const answer = await write.ask('PATCH', `/Groups/${group.id}`, patchOf(operation), bound);
  same(walk, `change of ${group.name} at ${write.name}`, [answer.status, 204], answer);
};

/** Somebody comes in, or goes out. */
const member: Pair = async (walk, write, read) => {
  const group = await someGroup(walk, write, read);
  const person = await someone(walk, write);
  const isIn = group.members.has(person.id);
  await patch(
    walk,
    write,
    group,
    isIn
      ? { op: 'remove', path: `members[value eq "${person.id}"]` }
      : { op: 'add', path: 'members', value: [{ value: person.id }] },
  );
  if (isIn) group.members.delete(person.id);
  else group.members.add(person.id);
  await checkGroup(walk, read, group, true);
  await checkPerson(walk, read, person, true);
  const hers = groupsOf(walk, person.id).map(({ id }) => id);
  await checkList(walk, read, ['/Groups', `members.value eq "${person.id}"`], hers);
};

const rename: Pair = async (walk, write, read) => {
  const group = await someGroup(walk, write, read);
  const before = group.name;
  const name = `Group ${walk.name} ${walk.nextNumber()}`;
  await patch(walk, write, group, { op: 'replace', path: 'displayName', value: name });
  group.name = name;
  await checkList(walk, read, ['/Groups', `displayName eq "${before}"`], []);
  await checkList(walk, read, ['/Groups', `displayName eq "${name}"`], [group.id]);
  await checkGroup(walk, read, group, true);
  for (const person of peopleIn(walk, group)) await checkPerson(walk, read, person, true);
};

const replace: Pair = async (walk, write, read) => {
  const group = await someGroup(walk, write, read);
  const before = peopleIn(walk, group);
  // Somebody who was not in it, or nobody: the version moves.
  const wish = [...walk.people.keys()].filter((id) => !group.members.has(id)).slice(0, 3);
  if (before.length === 0 && wish.length === 0) return;
  group.members.clear();
  for (const id of wish) group.members.add(id);
  const answer = await write.ask('PUT', `/Groups/${group.id}`, groupBody(group));
  same(walk, `PUT of ${group.name} at ${write.name}`, [answer.status, 200], answer);
  await checkGroup(walk, read, group, true);
  for (const person of [...before, ...peopleIn(walk, group)]) await checkPerson(walk, read, person, true);
};

const remove: Pair = async (walk, write, read) => {
  const group = await someGroup(walk, write, read);
  const before = peopleIn(walk, group);
  const answer = await write.ask('DELETE', `/Groups/${group.id}`);
  same(walk, `deletion of ${group.name} at ${write.name}`, [answer.status, 204], answer);
  walk.groups.delete(group.id);
  const gone = await read.ask('GET', `/Groups/${group.id}`, undefined, { 'if-none-match': group.etag });
  same(walk, `status of ${group.name}, deleted, at ${read.name}`, [gone.status, 404], gone);
  await checkList(walk, read, ['/Groups', ''], walk.groups.keys());
  for (const person of before) await checkPerson(walk, read, person, true);
};

export const groupPairs: readonly (readonly [number, Pair])[] = [
  [2, create],
  [6, member],
  [2, rename],
  [1, replace],
  [1, remove],
];
