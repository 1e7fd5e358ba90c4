/**
 * What SCIM does to people. Attributes that Mode keeps are UNKNOWN (mode-api.md §10): userName, externalId, name,
 * displayName and one e-mail address are kept here, the rest is dropped (assumption). A user's id is the account's
 * number, on purpose not the member token of REST: nothing says that they are the same.
 */
import type { Schemas } from 'scimmy';
import type { Caller } from '../credentials.ts';
import type { Person, ScimPerson } from '../model.ts';
import { inviteByEmail, isEmail, joinByEmail, removePerson } from '../people-rules.ts';
import { personByEmail } from '../state.ts';
import { freshToken, timestamp, type World } from '../world.ts';
import type { ScimBehaviour } from './behaviour.ts';
import type { Row } from './list.ts';
import { scimRefusal } from './refusal.ts';
import { SCIM_PATH } from './routes.ts';

/** What every request brings along: which emulator is meant, and how it behaves now. */
export interface Place {
  readonly world: World;
  readonly behaviour: ScimBehaviour;
}

type Wanted = Omit<ScimPerson, 'active' | 'updatedAt'> & {
  readonly email: string;
  readonly name: string | undefined;
  readonly active: boolean | undefined;
};

/** Who acts, and invites where a creation sends an invitation: the workspace itself (assumption). */
export const SCIM_CALLER: Caller = {
  credential: { token: 'scim', secret: '', kind: 'workspace' },
  owner: undefined,
  admin: true,
};
const INVITATION = 'You have been given access to Mode.';

/** Whoever SCIM wrote stays visible, inactive once former; others while they are in, unless SCIM alone is listed. */
const isVisible = ({ behaviour }: Place, person: Person): boolean =>
  person.scim !== undefined || (behaviour.listing === 'everybody' && person.state !== 'former');

const isActive = (person: Person): boolean => person.state !== 'former' && (person.scim?.active ?? true);

const userName = (person: Person): string => person.scim?.userName ?? person.email;

const nameRow = ({ name, scim }: Person) => ({
  formatted: name,
  ...(scim?.givenName === undefined ? {} : { givenName: scim.givenName }),
  ...(scim?.familyName === undefined ? {} : { familyName: scim.familyName }),
});

const groupRows = ({ world }: Place, person: Person) =>
  [...(world.state.groupsOf.get(person.memberToken) ?? [])].map((token) => ({
    value: token,
    display: world.state.groups.get(token)?.group.name ?? '',
    $ref: `${SCIM_PATH}/Groups/${token}`,
  }));

const userRow = (place: Place, person: Person): Row => ({
  id: person.id,
  externalId: person.scim?.externalId,
  userName: userName(person),
  displayName: person.scim?.displayName,
  name: nameRow(person),
  emails: [{ value: person.email, type: 'work', primary: true }],
  active: isActive(person),
  groups: place.behaviour.groups ? groupRows(place, person) : [],
  meta: { created: person.createdAt, lastModified: person.scim?.updatedAt ?? person.createdAt },
});

const visible = (place: Place, id: string): Person => {
  const person = place.world.state.people.get(place.world.state.byId.get(id) ?? '');
  if (!person || !isVisible(place, person)) throw scimRefusal(404, `Resource ${id} not found`);
  return person;
};

/** Lists the users that SCIM shows, in the order of arrival. */
export const listUsers = (place: Place): Row[] =>
  [...place.world.state.people.values()]
    .filter((person) => isVisible(place, person))
    .map((person) => userRow(place, person));

/** Shows one user, or refuses with 404. */
export const readUser = (place: Place, id: string): Row => userRow(place, visible(place, id));

const addressOf = ({ emails = [], userName: name }: Schemas.User): string => {
  const found =
    emails.find(({ primary }) => primary) ?? emails.find(({ type }) => type === 'work') ?? emails[0];
  const address = (found?.value ?? name).trim();
  if (!isEmail(address))
    throw scimRefusal(400, `There is no e-mail address in emails or userName`, 'invalidValue');
  return address;
};

const fullName = ({ name, displayName }: Schemas.User): string | undefined =>
  name?.givenName && name.familyName
    ? `${name.givenName} ${name.familyName}`
    : (name?.formatted ?? displayName);

const wantedOf = ({ behaviour }: Place, instance: Schemas.User): Wanted => ({
  userName: behaviour.userNames === 'lowered' ? instance.userName.toLowerCase() : instance.userName,
  externalId: instance.externalId,
  givenName: instance.name?.givenName,
  familyName: instance.name?.familyName,
  displayName: instance.displayName,
  email: addressOf(instance),
  name: fullName(instance),
  active: instance.active,
});

const checkFree = (place: Place, wanted: Wanted, own: Person | undefined): void => {
  const isOther = (person: Person): boolean =>
    person.memberToken !== own?.memberToken && isVisible(place, person);
  const name = wanted.userName.toLowerCase();
  const bearer = [...place.world.state.people.values()].find(
    (person) => isOther(person) && userName(person).toLowerCase() === name,
  );
  const holder = personByEmail(place.world.state, wanted.email);
  const isHeld = own
    ? holder !== undefined && holder.memberToken !== own.memberToken
    : holder && isOther(holder);
  if (bearer || isHeld) {
    throw scimRefusal(409, `A user ${wanted.userName} with ${wanted.email} exists already`, 'uniqueness');
  }
};

/** Brings somebody in who was removed: a member again at once, under a new membership. */
const restore = (world: World, person: Person): Person => {
  const back: Person = {
    ...person,
    state: 'active',
    activatedAt: timestamp(world),
    membershipToken: freshToken(world),
  };
  world.commit([{ kind: 'person', person: back }]);
  world.announce('member_joined_organization', back);
  return back;
};

const admit = ({ world, behaviour }: Place, email: string): Person => {
  const known = personByEmail(world.state, email);
  if (known?.state === 'active') return known;
  if (behaviour.creates === 'member') {
    return known?.state === 'former' ? restore(world, known) : joinByEmail(world, email);
  }
  const { memberToken } = inviteByEmail(world, SCIM_CALLER, email, INVITATION);
  const invited = world.state.people.get(memberToken);
  if (!invited) throw new Error(`Nobody was invited for ${email}.`);
  return invited;
};

const expel = (world: World, person: Person): Person => {
  if (person.state === 'former') return person;
  const former = removePerson(world, person);
  world.announce('member_removed_from_organization', former);
  return former;
};

/** Makes the membership follow `active`, where it does (assumption: deactivation is removal, INFERRED §10). */
const follow = (place: Place, person: Person, active: boolean): Person => {
  if (active) return person.state === 'former' ? admit(place, person.email) : person;
  return place.behaviour.deactivation === 'former' ? expel(place.world, person) : person;
};

const isSame = (one: Person, other: Person): boolean =>
  JSON.stringify({ ...one, scim: { ...one.scim, updatedAt: '' } }) ===
  JSON.stringify({ ...other, scim: { ...other.scim, updatedAt: '' } });

const keep = ({ world }: Place, person: Person, wanted: Wanted, active: boolean): Person => {
  const { email, name = person.name, active: _active, ...kept } = wanted;
  const scim: ScimPerson = { ...kept, active, updatedAt: timestamp(world) };
  const changed: Person = { ...person, email, name, scim };
  if (person.scim && isSame(person, changed)) return person;
  world.commit([{ kind: 'person', person: changed }]);
  return changed;
};

/** Creates a user: 409 `uniqueness` for one whom SCIM shows already; one whom it does not show is taken over. */
export const createUser = (place: Place, instance: Schemas.User): Row => {
  const wanted = wantedOf(place, instance);
  checkFree(place, wanted, undefined);
  const active = wanted.active ?? true;
  const person = follow(place, admit(place, wanted.email), active);
  return userRow(place, keep(place, person, wanted, active));
};

/** Replaces what is kept of a user; `active` left out stays as it is. Throws 404, 409, 400. */
export const replaceUser = (place: Place, id: string, instance: Schemas.User): Row => {
  const before = visible(place, id);
  const wanted = wantedOf(place, instance);
  checkFree(place, wanted, before);
  const active = wanted.active ?? isActive(before);
  return userRow(place, keep(place, follow(place, before, active), wanted, active));
};

/** Removes a user and forgets what SCIM wrote of them; the person is a former member (INFERRED). Throws 404. */
export const deleteUser = (place: Place, id: string): void => {
  const { scim: _forgotten, ...former } = expel(place.world, visible(place, id));
  place.world.commit([{ kind: 'person', person: former }]);
};
