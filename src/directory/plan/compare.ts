/** Finds in what the record and Mode differ and names the situation of each difference. */
import type { Connection, Reconcile } from '../model.ts';
import type { Store } from '../store/store.ts';
import type { GroupDrift, MembershipDrift, PersonDrift, Stranger } from './drift.ts';
import { type Action, type Situation, type SituationName, situations } from './situations.ts';

/** One difference and what is done about it. */
export interface Difference {
  readonly situation: SituationName;
  readonly action: Action;
  readonly reason: string;
  readonly person: { readonly id: string; readonly userName: string; readonly displayName: string } | null;
  readonly group: {
    readonly id: string;
    readonly displayName: string;
    /** Its name in Mode where that is another one. */
    readonly seenName: string | null;
  } | null;
  /** Who, or what, is in Mode and in no record; null otherwise. */
  readonly stranger: Stranger | null;
  /** Whether Mode says that the person is an admin. */
  readonly admin: boolean;
  /** Version of the record that was compared; the plan's id comes from it too. */
  readonly version: number;
}

type Found = Omit<Difference, 'action' | 'reason'>;

const situationOfPerson = ({ active, isInMode, origin }: PersonDrift): SituationName => {
  if (!active) return 'person who left';
  if (isInMode) return 'person unknown to the provider';
  return origin === 'provider' ? 'person removed by hand' : 'person gone';
};

const ofPerson =
  (situation: (row: PersonDrift) => SituationName) =>
  (row: PersonDrift): Found => {
    const { id, userName, displayName, admin, version } = row;
    return {
      situation: situation(row),
      person: { id, userName, displayName },
      group: null,
      stranger: null,
      admin,
      version,
    };
  };

const situationsOfGroup = ({ origin, seenName, displayName }: GroupDrift): readonly SituationName[] => {
  const isProviders = origin === 'provider';
  if (seenName === null) return [isProviders ? 'group removed by hand' : 'group gone'];
  const renamed: readonly SituationName[] = [isProviders ? 'group renamed by hand' : 'group with a new name'];
  return [
    ...(seenName === displayName ? [] : renamed),
    ...(origin === 'manual' ? (['group unknown to the provider'] as const) : []),
  ];
};

const ofGroup = (row: GroupDrift): readonly Found[] =>
  situationsOfGroup(row).map((situation) => {
    const { id, displayName, seenName, version } = row;
    const group = { id, displayName, seenName: seenName === displayName ? null : seenName };
    return { situation, person: null, group, stranger: null, admin: false, version };
  });

const situationOfMember = ({ isPresent, isProviders }: MembershipDrift): SituationName => {
  if (isPresent) return 'member added by hand';
  return isProviders ? 'member taken out by hand' : 'member gone';
};

const ofMember = (row: MembershipDrift): Found => ({
  situation: situationOfMember(row),
  person: { id: row.userId, userName: row.userName, displayName: row.displayName },
  group: { id: row.groupId, displayName: row.groupName, seenName: null },
  stranger: null,
  admin: false,
  version: 0,
});

const ofStranger =
  (situation: SituationName) =>
  (stranger: Stranger): Found => ({
    situation,
    person: null,
    group: null,
    stranger,
    admin: false,
    version: 0,
  });

/** A connection that invites nobody promises no invitation: SAML, or an admin of Mode, brings back who is missing. */
const actionOf = ({ actions }: Situation, how: Reconcile, { wayIn }: Pick<Connection, 'wayIn'>): Action =>
  actions[how] === 'invitePerson' && wayIn === 'jit' ? 'show' : actions[how];

/** What differs in groups and in who is in them; nothing is said of groups that Mode does not show. */
const inGroups = async (
  { drift }: Store,
  { id, groupsHiddenSince }: Pick<Connection, 'id' | 'groupsHiddenSince'>,
) => {
  if (groupsHiddenSince !== null) return { groups: [], memberships: [], strangers: [] };
  return {
    groups: await drift.groups(id),
    memberships: await drift.memberships(id),
    strangers: await drift.unclearGroups(id),
  };
};

/** All differences between the record and Mode as it was last seen, people first, with what `how` does about each. */
export const compare = async (
  store: Store,
  connection: Pick<Connection, 'id' | 'wayIn' | 'groupsHiddenSince'>,
  how: Reconcile,
): Promise<readonly Difference[]> => {
  const { id: connectionId } = connection;
  const people = await store.drift.people(connectionId);
  const roles = await store.drift.roles(connectionId);
  const strangers = await store.drift.unclearPeople(connectionId);
  const inMode = await inGroups(store, connection);
  const found = [
    ...people.map(ofPerson(situationOfPerson)),
    ...roles.map(ofPerson(() => 'wish for another role')),
    ...inMode.groups.flatMap(ofGroup),
    ...inMode.memberships.map(ofMember),
    ...strangers.map(ofStranger('person unclear')),
    ...inMode.strangers.map(ofStranger('group unclear')),
  ];
  return found.map((one) => {
    const situation = situations[one.situation];
    return { ...one, action: actionOf(situation, how, connection), reason: situation.reason };
  });
};
