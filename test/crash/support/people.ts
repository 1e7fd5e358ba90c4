/** The load on people: created, deactivated, back again, described, deleted, joining, removed by hand. */
import type { Outcome, ScimRequest } from './client.ts';
import {
  type Deed,
  drawDeed,
  isIn,
  type Load,
  learnPerson,
  lookAtPerson,
  memberIn,
  stateIn,
  truth,
  unexpected,
  wordsOf,
} from './load.ts';
import { certain, either, type Person, type PersonState, present } from './model.ts';

const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const MODE_USER = 'urn:ietf:params:scim:schemas:extension:mode:2.0:User';
const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';

const patchOf = (...operations: readonly object[]): object => ({ schemas: [PATCH], Operations: operations });

const attributesOf = (person: Person, { active, title }: Omit<PersonState, 'id'>): object => ({
  schemas: [USER],
  userName: person.key,
  externalId: `ext-${person.key}`,
  name: { givenName: 'Crash', familyName: person.key.split('@')[0] ?? '' },
  emails: [{ value: person.key, type: 'work', primary: true }],
  ...(title === '' ? {} : { title }),
  active,
});

/** What an acknowledged change promises of Mode: who is to be out is out at that moment, who is to be in is in. */
const checkPromise = async (load: Load, person: Person, isWanted: boolean): Promise<void> => {
  const member = memberIn(await truth(load), person.key);
  load.tally.checked += 1;
  if (isIn(member) === isWanted) return;
  load.tally.lost += 1;
  const is = isWanted ? 'is not in Mode' : 'is still in Mode';
  const what = `LOST ${person.key} ${is} (${member?.state ?? 'unknown there'}) at the moment of the acknowledgement`;
  load.history.problem(what, wordsOf(person, member));
};

const was = (person: Person): PersonState => present(person) ?? { id: '', active: false, title: '' };

/** Sends a change of somebody who is there; `wish` is what she is to become. */
const change = async (
  load: Load,
  person: Person,
  scim: ScimRequest,
  wish: Omit<PersonState, 'id'>,
): Promise<void> => {
  const before = was(person);
  const outcome = await load.client.send(scim);
  const after = { ...wish, id: before.id };
  if (!outcome.reply) person.allowed = either([before, after]);
  else if (outcome.reply.status === 200) {
    person.allowed = [after];
    learnPerson(load, person, stateIn(outcome.reply.body));
    if (before.active !== wish.active) await checkPromise(load, person, wish.active);
  } else {
    unexpected(load, `${scim.method} ${person.key}`, outcome, wordsOf(person));
    person.allowed = either([before, after]);
  }
};

const path = (person: Person): string => `/Users/${was(person).id}`;

/** As Okta, Entra and others write it. */
const standingRequest = ({ random }: Load, person: Person, active: boolean): ScimRequest => {
  const { title } = was(person);
  const forms: readonly ScimRequest[] = [
    {
      method: 'PATCH',
      path: path(person),
      body: patchOf({ op: 'replace', path: 'active', value: active }),
    },
    { method: 'PATCH', path: path(person), body: patchOf({ op: 'replace', value: { active } }) },
    {
      method: 'PATCH',
      path: path(person),
      body: patchOf({ op: 'Replace', path: 'active', value: active ? 'True' : 'False' }),
    },
    { method: 'PUT', path: path(person), body: attributesOf(person, { active, title }) },
  ];
  return random.pick(forms);
};

/** Somebody asks for her to be out of Mode. */
const leave = ({ invitations }: Load, person: Person): void => {
  person.isJoined = false;
  invitations.unwanted(person.key);
};

const setActive =
  (active: boolean): Deed<Person>['run'] =>
  async (load, person) => {
    if (active) load.invitations.wanted(person.key);
    else leave(load, person);
    const { title } = was(person);
    await change(load, person, standingRequest(load, person, active), { active, title });
  };

let titles = 0;

const describe: Deed<Person>['run'] = async (load, person) => {
  titles += 1;
  const title = `title ${titles}`;
  const body = patchOf({ op: 'replace', path: 'title', value: title });
  await change(load, person, { method: 'PATCH', path: path(person), body }, { ...was(person), title });
};

/** A conflict after an attempt that nobody was told of may be with what that attempt made. */
const isOwnConflict = ({ reply, isUnsure }: Outcome): boolean => reply?.status === 409 && isUnsure;

const create: Deed<Person>['run'] = async (load, person) => {
  titles += 1;
  const wish = { active: !load.random.chance(0.1), title: `title ${titles}` };
  if (wish.active) load.invitations.wanted(person.key);
  person.isJoined = false;
  const outcome = await load.client.send({
    method: 'POST',
    path: '/Users',
    body: attributesOf(person, wish),
  });
  const made = { ...wish, id: '' };
  if (outcome.reply?.status === 201) {
    person.allowed = [made];
    learnPerson(load, person, stateIn(outcome.reply.body));
    await checkPromise(load, person, wish.active);
  } else if (!outcome.reply) person.allowed = [null, made];
  else if (isOwnConflict(outcome)) {
    person.allowed = [made];
    await lookAtPerson(load, person);
  } else unexpected(load, `POST ${person.key}`, outcome, wordsOf(person));
};

const remove: Deed<Person>['run'] = async (load, person) => {
  leave(load, person);
  person.isLeaving = true;
  const before = was(person);
  const outcome = await load.client.send({ method: 'DELETE', path: path(person) });
  const status = outcome.reply?.status;
  if (!outcome.reply) person.allowed = [before, null];
  else if (status === 204 || (status === 404 && outcome.isUnsure)) {
    person.allowed = [null];
    learnPerson(load, person, null);
    await checkPromise(load, person, false);
  } else {
    unexpected(load, `DELETE ${person.key}`, outcome, wordsOf(person));
    person.allowed = [before, null];
  }
};

/** She accepts her invitation. */
const join: Deed<Person>['run'] = async (load, person) => {
  if (memberIn(await truth(load), person.key)?.state !== 'pending') return;
  const { status } = await load.world.control('POST', '/join', { email: person.key });
  load.history.note(`${person.key} joins Mode: ${status}`);
  if (status === 200) {
    person.isJoined = true;
    load.tally.joins += 1;
  }
};

const removeByHand: Deed<Person>['run'] = async (load, person) => {
  if (!load.mayEditByHand()) return;
  if (memberIn(await truth(load), person.key)?.state !== 'active') return;
  // Whoever is invited, joins and is removed before SCIM has seen anything of it may well be invited still.
  const { body } = await load.client.read(path(person));
  if (body[MODE_USER]?.state !== 'active') return;
  leave(load, person);
  load.invitations.wanted(person.key);
  const { status } = await load.world.control('POST', '/edit', { op: 'removeMember', email: person.key });
  load.history.note(`${person.key} is removed in Mode by hand: ${status}`);
  load.tally.byHand += 1;
};

const isThere = (person: Person): boolean => present(person) !== undefined;
const isActive = (person: Person): boolean => present(person)?.active === true;
const isInactive = (person: Person): boolean => present(person)?.active === false;

const DEEDS: readonly Deed<Person>[] = [
  { name: 'create', weight: 5, suits: (person) => certain(person) === null, run: create },
  { name: 'deactivate', weight: 3, suits: isActive, run: setActive(false) },
  { name: 'reactivate', weight: 6, suits: isInactive, run: setActive(true) },
  { name: 'describe', weight: 3, suits: isThere, run: describe },
  { name: 'delete', weight: 1, suits: (person) => isThere(person) && person.pins === 0, run: remove },
  { name: 'join', weight: 8, suits: (person) => isActive(person) && !person.isJoined, run: join },
  {
    name: 'remove by hand',
    weight: 0.4,
    suits: (person) => person.isProviders && person.isJoined,
    run: removeByHand,
  },
  { name: 'look', weight: 20, suits: (person) => person.allowed.length > 1, run: lookAtPerson },
];

/** Draws somebody whom no request concerns, and something to do. */
export const actOnPerson = async (load: Load): Promise<void> => {
  const free = load.model.people.filter(({ isBusy }) => !isBusy);
  if (free.length === 0) return;
  const person = load.random.pick(free);
  person.isBusy = true;
  try {
    await drawDeed(load, DEEDS, person)?.run(load, person);
  } finally {
    person.isBusy = false;
    person.isLeaving = false;
  }
};
