/**
 * The load on groups: created with members, people added and taken out, all replaced, renamed, deleted, changed by hand.
 * Single places are changed by several at a time, each its own; the whole of a group by one.
 */
import type { ScimRequest } from './client.ts';
import {
  type Deed,
  drawDeed,
  groupIn,
  type Load,
  lookAtGroup,
  memberIn,
  truth,
  unexpected,
  wordsOf,
} from './load.ts';
import { certain, either, type Group, type GroupState, type Person, placeOf, present } from './model.ts';

const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';

const there = (group: Group): GroupState => certain(group) ?? { id: '', name: '' };
const isThere = (group: Group): boolean => Boolean(certain(group));
const path = (group: Group): string => `/Groups/${there(group).id}`;
const idOf = (person: Person): string => present(person)?.id ?? '';

/** People who can be named as members. */
const nameable = ({ model, random }: Load, most: number): readonly Person[] =>
  random.some(
    model.people.filter((person) => present(person) && !person.isLeaving),
    most,
  );

/** Nobody of them is deleted while the work goes on. */
const pinning = async (people: readonly Person[], work: () => Promise<void>): Promise<void> => {
  for (const person of people) person.pins += 1;
  try {
    await work();
  } finally {
    for (const person of people) person.pins -= 1;
  }
};

const put = (group: Group, people: readonly Person[], allowed: readonly boolean[]): void => {
  for (const person of people) placeOf(group, person).allowed = allowed;
};

const wordsOfGroup = (group: Group): readonly string[] => [
  group.key,
  ...group.allowed.flatMap((state) => state?.id ?? []),
];

let names = 0;
const newName = (group: Group): string => {
  names += 1;
  return `${group.key} v${names}`;
};

const create: Deed<Group>['run'] = async (load, group) => {
  const name = load.random.chance(0.5) ? group.key : newName(group);
  const people = nameable(load, load.random.below(6));
  await pinning(people, async () => {
    const members = people.map((person) => ({ value: idOf(person) }));
    const body = { schemas: [GROUP], displayName: name, ...(members.length > 0 ? { members } : {}) };
    const outcome = await load.client.send({ method: 'POST', path: '/Groups', body });
    const status = outcome.reply?.status;
    group.places.clear();
    put(group, people, [true]);
    if (status === 201) group.allowed = [{ id: outcome.reply?.body.id, name }];
    else if (status === 409 && outcome.isUnsure) {
      group.allowed = [{ id: '', name }];
      await lookAtGroup(load, group);
    } else {
      group.allowed = [null, { id: '', name }];
      if (outcome.reply) unexpected(load, `POST ${name}`, outcome, wordsOfGroup(group));
    }
  });
};

/** Who may be in the group, and so can be taken out of it. */
const mayBeIn = (group: Group, people: readonly Person[]): readonly Person[] =>
  people.filter((person) => placeOf(group, person).allowed.includes(true));

/** Who is taken out must be out of the group in Mode when that is acknowledged. */
const checkOut = async (load: Load, group: Group, people: readonly Person[]): Promise<void> => {
  const held = await truth(load);
  const seen = groupIn(held, there(group).name);
  for (const person of people) {
    load.tally.checked += 1;
    const member = memberIn(held, person.key);
    if (!member || !seen?.memberTokens.includes(member.memberToken)) continue;
    load.tally.lost += 1;
    const what = `LOST ${person.key} is still in ${group.key} in Mode at the moment of the acknowledgement`;
    load.history.problem(what, [...wordsOf(person, member), ...wordsOfGroup(group), seen.token]);
  }
};

const sendChange = async (load: Load, group: Group, scim: ScimRequest): Promise<'done' | 'unknown'> => {
  const outcome = await load.client.send(scim);
  if (outcome.reply && outcome.reply.status < 300) return 'done';
  if (outcome.reply) unexpected(load, `${scim.method} ${group.key}`, outcome, wordsOfGroup(group));
  return 'unknown';
};

/** Adds some and takes out others in one request, while other requests are about other places of the same group. */
const changePlaces: Deed<Group>['run'] = async (load, group) => {
  const people = nameable(load, 1 + load.random.below(3)).filter((person) => !placeOf(group, person).isBusy);
  if (people.length === 0) return;
  const isAdded = (person: Person) =>
    placeOf(group, person).allowed.includes(false) && load.random.chance(0.7);
  const wished = people.map((person) => ({ person, isAdded: isAdded(person) }));
  const added = wished.filter((one) => one.isAdded).map(({ person }) => person);
  const removed = people.filter((person) => !added.includes(person));
  const leaving = mayBeIn(group, removed);
  const operations = [
    ...(added.length > 0
      ? [{ op: 'add', path: 'members', value: added.map((person) => ({ value: idOf(person) })) }]
      : []),
    ...removed.map((person) => ({ op: 'remove', path: `members[value eq "${idOf(person)}"]` })),
  ];
  for (const person of people) placeOf(group, person).isBusy = true;
  await pinning(people, async () => {
    const body = { schemas: [PATCH], Operations: operations };
    const result = await sendChange(load, group, { method: 'PATCH', path: path(group), body });
    settle(group, added, true, result);
    settle(group, removed, false, result);
    if (result === 'done') await checkOut(load, group, leaving);
  });
  for (const person of people) placeOf(group, person).isBusy = false;
};

/** All of these, or perhaps all of these, are now in the group or out of it. */
const settle = (
  group: Group,
  people: readonly Person[],
  isMember: boolean,
  result: 'done' | 'unknown',
): void => {
  for (const person of people) {
    const place = placeOf(group, person);
    place.allowed = result === 'done' ? [isMember] : either(place.allowed, [isMember]);
  }
};

/** PUT with another list of members, perhaps under another name. */
const replace: Deed<Group>['run'] = async (load, group) => {
  const before = there(group);
  const people = nameable(load, load.random.below(8));
  const name = load.random.chance(0.3) ? newName(group) : before.name;
  await pinning(people, async () => {
    const members = people.map((person) => ({ value: idOf(person) }));
    const body = { schemas: [GROUP], displayName: name, members };
    const result = await sendChange(load, group, { method: 'PUT', path: path(group), body });
    group.allowed = result === 'done' ? [{ ...before, name }] : either([before, { ...before, name }]);
    const others = [...group.places.keys()].filter((person) => !people.includes(person));
    const leaving = mayBeIn(group, others);
    settle(group, people, true, result);
    settle(group, others, false, result);
    if (result === 'done') await checkOut(load, group, leaving);
  });
};

const rename: Deed<Group>['run'] = async (load, group) => {
  const before = there(group);
  const name = newName(group);
  const body = { schemas: [PATCH], Operations: [{ op: 'replace', path: 'displayName', value: name }] };
  const result = await sendChange(load, group, { method: 'PATCH', path: path(group), body });
  group.allowed = result === 'done' ? [{ ...before, name }] : [before, { ...before, name }];
};

const remove: Deed<Group>['run'] = async (load, group) => {
  const before = there(group);
  const outcome = await load.client.send({ method: 'DELETE', path: path(group) });
  const status = outcome.reply?.status;
  if (status === 204 || (status === 404 && outcome.isUnsure)) {
    group.allowed = [null];
    load.tally.checked += 1;
    if (!groupIn(await truth(load), before.name)) return;
    load.tally.lost += 1;
    load.history.problem(`LOST ${group.key} is still in Mode when its deletion is acknowledged`, [
      group.key,
      before.id,
    ]);
    return;
  }
  group.allowed = [before, null];
  if (outcome.reply) unexpected(load, `DELETE ${group.key}`, outcome, wordsOfGroup(group));
};

/** Somebody changes the group in Mode; the next sync undoes it. */
const editByHand: Deed<Group>['run'] = async (load, group) => {
  if (!load.mayEditByHand()) return;
  const { random, world, model, history } = load;
  const { name } = there(group);
  const held = await truth(load);
  const seen = groupIn(held, name);
  if (!seen) return;
  const inside = model.people.filter((person) =>
    seen.memberTokens.includes(memberIn(held, person.key)?.memberToken ?? ''),
  );
  const outside = model.people.filter(
    (person) => memberIn(held, person.key)?.state === 'active' && !inside.includes(person),
  );
  const groupToken = seen.token;
  const edits = [
    { op: 'renameGroup', groupToken, name: `${name} (by hand)` },
    ...random.some(inside, 1).map(({ key: email }) => ({ op: 'removeFromGroup', groupToken, email })),
    ...random.some(outside, 1).map(({ key: email }) => ({ op: 'addToGroup', groupToken, email })),
  ];
  const edit = random.pick(edits);
  const { status } = await world.control('POST', '/edit', edit);
  history.note(`by hand in ${group.key}: ${JSON.stringify(edit)}: ${status}`);
  load.tally.byHand += 1;
};

const SHARED: readonly Deed<Group>[] = [
  { name: 'change places', weight: 1, suits: isThere, run: changePlaces },
];

const WHOLE: readonly Deed<Group>[] = [
  { name: 'create', weight: 4, suits: (group) => certain(group) === null, run: create },
  { name: 'replace', weight: 2, suits: isThere, run: replace },
  { name: 'rename', weight: 1.5, suits: isThere, run: rename },
  { name: 'delete', weight: 0.6, suits: isThere, run: remove },
  {
    name: 'edit by hand',
    weight: 0.6,
    suits: (group) => group.isProviders && isThere(group),
    run: editByHand,
  },
  { name: 'look', weight: 20, suits: (group) => group.allowed.length > 1, run: lookAtGroup },
];

const act = async (load: Load, deeds: readonly Deed<Group>[], group: Group): Promise<void> =>
  drawDeed(load, deeds, group)?.run(load, group);

/** Draws a group and something to do with single places of it, or with the whole. */
export const actOnGroup = async (load: Load): Promise<void> => {
  const { random, model } = load;
  const group = random.pick(model.groups);
  if (group.isBusy) return;
  if (isThere(group) && (group.sharers > 0 || random.chance(0.6))) {
    group.sharers += 1;
    await act(load, SHARED, group).finally(() => {
      group.sharers -= 1;
    });
    return;
  }
  if (group.sharers > 0) return;
  group.isBusy = true;
  await act(load, WHOLE, group).finally(() => {
    group.isBusy = false;
  });
};
