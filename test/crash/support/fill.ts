/** The people and groups that a crash run is about: those that Mode had, and some who are yet to come. */
import type { Body } from './client.ts';
import { type Load, memberIn, stateIn, type Truth, truth } from './load.ts';
import { type Group, newGroup, newPerson, type Person, placeOf } from './model.ts';

/** Of the workspace that the run begins with. */
export const SEEDED = { people: 12, groups: 3 } as const;
const MORE_PEOPLE = 36;
const MORE_GROUPS = 7;
const MODE_USER = 'urn:ietf:params:scim:schemas:extension:mode:2.0:User';

const numbered = (n: number, name: (number: string) => string): readonly string[] =>
  Array.from({ length: n }, (_, index) => name(String(index + 1).padStart(2, '0')));

const seededPerson = (user: Body, held: Truth): Person => {
  const person = newPerson(user.userName, stateIn(user));
  person.isJoined = memberIn(held, user.userName)?.state === 'active';
  // Who is an admin is left alone: Mode keeps its last one.
  person.isBusy = user[MODE_USER]?.admin === true;
  return person;
};

const seededGroup = (body: Body, people: readonly Person[]): Group => {
  const group = newGroup(body.displayName, { id: body.id, name: body.displayName });
  const ids = new Set((body.members ?? []).map(({ value }: { value: string }) => value));
  for (const person of people) placeOf(group, person).allowed = [ids.has(person.allowed[0]?.id ?? '')];
  return group;
};

/** Fills the model. */
export const fillModel = async ({ client, world, model }: Load): Promise<void> => {
  const held = await truth({ world });
  const users: readonly Body[] = (await client.read('/Users?count=1000')).body.Resources;
  const groups: readonly Body[] = (await client.read('/Groups?count=1000')).body.Resources;
  model.people.push(...users.map((user) => seededPerson(user, held)));
  model.groups.push(...groups.map((group) => seededGroup(group, model.people)));
  const keys = numbered(MORE_PEOPLE, (number) => `person-${number}@acme.example`);
  model.people.push(...keys.map((key) => newPerson(key, null)));
  const names = numbered(MORE_GROUPS, (number) => `group ${number}`);
  model.groups.push(...names.map((name) => newGroup(name, null)));
};
