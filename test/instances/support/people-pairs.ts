/** Pairs about people: written through one instance, looked for at the other at once. */

import {
  checkGroup,
  checkList,
  checkPerson,
  groupsOf,
  type Pair,
  type Person,
  patchOf,
  personBody,
  same,
  type Walk,
} from './walk.ts';
import type { Answer, Side } from './world.ts';

const newPerson = (walk: Walk): Omit<Person, 'id' | 'etag'> => {
  const number = walk.nextNumber();
  return {
    userName: `${walk.name}-${number}@pairs.example`,
    externalId: `ext ${walk.name} ${number}`,
    displayName: `Person ${number}`,
    title: `title ${number}`,
    // Active ones cost calls to Mode, which is not what this is about.
    active: walk.random.below(8) === 0,
  };
};

export const somebody = (walk: Walk): Person | undefined =>
  walk.people.size === 0 ? undefined : walk.random.pick([...walk.people.values()]);

/** What a change answered is what is known from then on. */
const keep = (walk: Walk, person: Omit<Person, 'id' | 'etag'>, answer: Answer): Person => {
  const known = { ...person, id: String(answer.body.id), etag: answer.etag ?? '' };
  walk.people.set(known.id, known);
  return known;
};

export const createPerson = async (walk: Walk, write: Side): Promise<Person> => {
  const wish = newPerson(walk);
  const answer = await write.ask('POST', '/Users', personBody(wish));
  same(walk, `creation of ${wish.userName} at ${write.name}`, [answer.status, 201], answer);
  return keep(walk, wish, answer);
};

const create: Pair = async (walk, write, read) => {
  const person = await createPerson(walk, write);
  await checkPerson(walk, read, person, false);
  await checkList(walk, read, ['/Users', `userName eq "${person.userName.toUpperCase()}"`], [person.id]);
  await checkList(walk, read, ['/Users', `externalId eq "${person.externalId}"`], [person.id]);
  await checkList(walk, read, ['/Users', ''], walk.people.keys());
};

const conflict: Pair = async (walk, write, read) => {
  const { id, etag, ...person } = await createPerson(walk, write);
  const answer = await read.ask('POST', '/Users', personBody({ ...person, title: 'Somebody else' }));
  same(walk, `second creation of ${person.userName}`, [answer.status, 409], answer);
};

/** Changes her by PATCH or PUT; every second time bound to the version that the other instance gave. */
const change = async (walk: Walk, write: Side, person: Person, to: Partial<Person>): Promise<void> => {
  const after = { ...person, ...to };
  const bound: Record<string, string> = walk.random.below(2) === 0 ? {} : { 'if-match': person.etag };
  const isPut = walk.random.below(3) === 0;
  const { id, etag, ...attributes } = to;
  const body = isPut ? personBody(after) : patchOf({ op: 'replace', value: attributes });
  const answer = await write.ask(isPut ? 'PUT' : 'PATCH', `/Users/${person.id}`, body, bound);
  same(walk, `change of ${person.userName} at ${write.name}`, [answer.status, 200], answer);
  Object.assign(person, to);
};

const describe: Pair = async (walk, write, read) => {
  const person = somebody(walk) ?? (await createPerson(walk, write));
  const { title } = person;
  await change(walk, write, person, { title: `title ${walk.nextNumber()}` });
  await checkPerson(walk, read, person, true);
  await checkList(walk, read, ['/Users', `title eq "${title}"`], []);
  await checkList(walk, read, ['/Users', `title eq "${person.title}"`], [person.id]);
  await checkPerson(walk, write, person, false);
};

const rename: Pair = async (walk, write, read) => {
  const person = somebody(walk) ?? (await createPerson(walk, write));
  const { userName, externalId, displayName } = newPerson(walk);
  const before = person.userName;
  await change(walk, write, person, { userName, externalId, displayName });
  await checkList(walk, read, ['/Users', `userName eq "${before}"`], []);
  await checkList(walk, read, ['/Users', `externalId eq "${externalId}"`], [person.id]);
  await checkPerson(walk, read, person, true);
  // Her groups show her name.
  for (const group of groupsOf(walk, person.id)) await checkGroup(walk, read, group, true);
};

const standing: Pair = async (walk, write, read) => {
  const person = somebody(walk) ?? (await createPerson(walk, write));
  await change(walk, write, person, { active: !person.active });
  await checkPerson(walk, read, person, true);
  const actives = [...walk.people.values()].filter(({ active }) => active).map(({ id }) => id);
  await checkList(walk, read, ['/Users', 'active eq true'], actives);
};

/** Who changes what has changed at the other meanwhile is refused. */
const stale: Pair = async (walk, write, read) => {
  const person = somebody(walk) ?? (await createPerson(walk, write));
  const { etag } = person;
  await change(walk, write, person, { title: `title ${walk.nextNumber()}` });
  const body = patchOf({ op: 'replace', path: 'title', value: 'lost' });
  const answer = await read.ask('PATCH', `/Users/${person.id}`, body, { 'if-match': etag });
  same(walk, `stale change of ${person.userName}`, [answer.status, 412], answer);
  await checkPerson(walk, write, person, true);
};

const remove: Pair = async (walk, write, read) => {
  const person = somebody(walk) ?? (await createPerson(walk, write));
  const answer = await write.ask('DELETE', `/Users/${person.id}`);
  same(walk, `deletion of ${person.userName} at ${write.name}`, [answer.status, 204], answer);
  const groups = groupsOf(walk, person.id);
  walk.people.delete(person.id);
  for (const { members } of groups) members.delete(person.id);
  const gone = await read.ask('GET', `/Users/${person.id}`, undefined, { 'if-none-match': person.etag });
  same(walk, `status of ${person.userName}, deleted, at ${read.name}`, [gone.status, 404], gone);
  await checkList(walk, read, ['/Users', `userName eq "${person.userName}"`], []);
  await checkList(walk, read, ['/Users', ''], walk.people.keys());
  for (const group of groups) await checkGroup(walk, read, group, true);
};

/** Two who ask for the very same at the same moment, each at an instance of its own: one creates, one is in conflict. */
const both: Pair = async (walk, write, read) => {
  const wish = newPerson(walk);
  const answers = await Promise.all(
    [write, read].map((side) => side.ask('POST', '/Users', personBody(wish))),
  );
  same(
    walk,
    `two creations of ${wish.userName}`,
    [answers.map(({ status }) => status).sort(), [201, 409]],
    answers[0],
  );
  const [made] = answers.filter(({ status }) => status === 201);
  if (!made) return;
  const person = keep(walk, wish, made);
  await checkPerson(walk, read, person, false);
  await checkList(walk, write, ['/Users', ''], walk.people.keys());
};

/** The second is the bulkId of the first, so both are there or neither. */
const bulk: Pair = async (walk, write, read) => {
  const wish = { ...newPerson(walk), active: false };
  const name = `Bulk ${walk.name} ${walk.nextNumber()}`;
  const answer = await write.ask('POST', '/Bulk', {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
    Operations: [
      { method: 'POST', path: '/Users', bulkId: 'her', data: personBody(wish) },
      {
        method: 'POST',
        path: '/Groups',
        bulkId: 'it',
        data: { displayName: name, members: [{ value: 'bulkId:her' }] },
      },
    ],
  });
  const ids = (answer.body.Operations ?? []).map(({ location = '' }) => String(location).split('/').at(-1));
  same(walk, `Bulk at ${write.name}`, [ids.length, 2], answer);
  const [userId = '', groupId = ''] = ids;
  const person = { ...wish, id: userId, etag: '' };
  const group = { id: groupId, name, members: new Set([userId]), etag: '' };
  walk.people.set(userId, person);
  walk.groups.set(groupId, group);
  await checkPerson(walk, read, person, true);
  await checkGroup(walk, read, group, true);
};

export const peoplePairs: readonly (readonly [number, Pair])[] = [
  [4, create],
  [1, conflict],
  [5, describe],
  [2, rename],
  [2, standing],
  [2, stale],
  [2, remove],
  [1, both],
  [1, bulk],
];
