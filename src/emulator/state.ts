/**
 * The workspace in memory: records in Maps, indexed by every key a request can name, so that no write scans.
 * `applyChange` is the only function that alters it; the rules decide, the journal keeps.
 */
import {
  type AccessState,
  dumpAccess,
  emptyAccess,
  grant,
  putCollection,
  putConnection,
  revoke,
} from './access/records.ts';
import type {
  AuditEvent,
  Change,
  Group,
  GroupMembership,
  Invite,
  Person,
  Signature,
  Workspace,
} from './model.ts';

export interface GroupRecord {
  group: Group;
  /** By group membership token, in the order of joining. */
  readonly memberships: Map<string, GroupMembership>;
  /** Member token → group membership token. */
  readonly byMember: Map<string, string>;
}

export interface State extends AccessState {
  workspace: Workspace;
  lastId: number;
  webhooks: readonly string[];
  /** By member token, in the order of arrival. */
  readonly people: Map<string, Person>;
  readonly byEmail: Map<string, string>;
  readonly byUsername: Map<string, string>;
  readonly byMembership: Map<string, string>;
  readonly byId: Map<string, string>;
  /** Member tokens of active admins. */
  readonly admins: Set<string>;
  readonly invites: Map<string, Invite>;
  readonly groups: Map<string, GroupRecord>;
  readonly liveNames: Map<string, string>;
  readonly deletedNames: Set<string>;
  readonly groupsOf: Map<string, Set<string>>;
  readonly signatures: Map<string, Signature>;
  /** The audit log, oldest event first. */
  readonly auditLog: AuditEvent[];
  /** Where to go on looking for a free username; a cache, never kept. */
  readonly usernameHints: Map<string, number>;
}

/** Makes a workspace without people. */
export const emptyState = (workspace: Workspace): State => ({
  workspace,
  lastId: Number(workspace.id),
  webhooks: [],
  people: new Map(),
  byEmail: new Map(),
  byUsername: new Map(),
  byMembership: new Map(),
  byId: new Map(),
  admins: new Set(),
  invites: new Map(),
  groups: new Map(),
  liveNames: new Map(),
  deletedNames: new Set(),
  groupsOf: new Map(),
  ...emptyAccess(),
  signatures: new Map(),
  auditLog: [],
  usernameHints: new Map(),
});

/** Finds a person by e-mail, whatever its case (assumption: Mode compares so). */
export const personByEmail = (state: State, email: string): Person | undefined =>
  state.people.get(state.byEmail.get(email.toLowerCase()) ?? '');

/** Finds a person by username. */
export const personByUsername = (state: State, username: string): Person | undefined =>
  state.people.get(state.byUsername.get(username) ?? '');

/** Finds a person by the token of their membership. */
export const personByMembership = (state: State, token: string): Person | undefined =>
  state.people.get(state.byMembership.get(token) ?? '');

const putPerson = (state: State, person: Person): void => {
  const before = state.people.get(person.memberToken);
  if (before && before.membershipToken !== person.membershipToken) {
    state.byMembership.delete(before.membershipToken);
  }
  // Over SCIM, or by herself.
  if (before) state.byEmail.delete(before.email.toLowerCase());
  state.people.set(person.memberToken, person);
  state.byEmail.set(person.email.toLowerCase(), person.memberToken);
  state.byUsername.set(person.username, person.memberToken);
  state.byMembership.set(person.membershipToken, person.memberToken);
  state.byId.set(person.id, person.memberToken);
  state.lastId = Math.max(state.lastId, Number(person.id));
  if (person.admin && person.state === 'active') state.admins.add(person.memberToken);
  else state.admins.delete(person.memberToken);
};

const putGroup = (state: State, group: Group): void => {
  const record = state.groups.get(group.token);
  if (record) {
    if (state.liveNames.get(record.group.name) === group.token) state.liveNames.delete(record.group.name);
    record.group = group;
  } else {
    state.groups.set(group.token, { group, memberships: new Map(), byMember: new Map() });
  }
  if (group.state === 'active') state.liveNames.set(group.name, group.token);
  else state.deletedNames.add(group.name);
};

const joinGroup = (state: State, membership: GroupMembership): void => {
  const record = state.groups.get(membership.groupToken);
  if (!record) throw new Error(`A change names the unknown group ${membership.groupToken}.`);
  record.memberships.set(membership.token, membership);
  record.byMember.set(membership.memberToken, membership.token);
  const groups = state.groupsOf.get(membership.memberToken) ?? new Set();
  state.groupsOf.set(membership.memberToken, groups.add(membership.groupToken));
};

const leaveGroup = (state: State, groupToken: string, memberToken: string): void => {
  const record = state.groups.get(groupToken);
  const token = record?.byMember.get(memberToken);
  if (!record || token === undefined) return;
  record.memberships.delete(token);
  record.byMember.delete(memberToken);
  state.groupsOf.get(memberToken)?.delete(groupToken);
};

type Appliers = {
  readonly [K in Change['kind']]: (state: State, change: Extract<Change, { kind: K }>) => void;
};

const APPLIERS: Appliers = {
  workspace: (state, change) => {
    state.workspace = change.workspace;
  },
  person: (state, change) => putPerson(state, change.person),
  invite: (state, { invite }) => {
    state.invites.set(invite.memberToken, invite);
  },
  inviteRevoked: (state, change) => {
    state.invites.delete(change.memberToken);
  },
  group: (state, change) => putGroup(state, change.group),
  joinedGroup: (state, change) => joinGroup(state, change.membership),
  leftGroup: (state, change) => leaveGroup(state, change.groupToken, change.memberToken),
  connection: (state, change) => putConnection(state, change.connection),
  collection: (state, change) => putCollection(state, change.collection),
  granted: (state, change) => grant(state, change.permission),
  revoked: (state, change) => revoke(state, change.resourceToken, change.accessorToken),
  signed: (state, { signature }) => {
    state.signatures.set(signature.token, signature);
  },
  unsigned: (state, change) => {
    state.signatures.delete(change.token);
  },
  audited: (state, change) => {
    state.auditLog.push(change.event);
  },
  webhooks: (state, change) => {
    state.webhooks = change.urls;
  },
};

/** Alters the state by one change; the order of the changes is the order of the truth. */
export const applyChange = (state: State, change: Change): void => {
  // The table pairs each kind with its own function; TypeScript cannot follow that through an index.
  const apply = APPLIERS[change.kind] as (state: State, change: Change) => void;
  apply(state, change);
};

/** Lists the changes that would rebuild the state from nothing. */
export function* dumpState(state: State): Generator<Change> {
  yield { kind: 'workspace', workspace: state.workspace };
  for (const person of state.people.values()) yield { kind: 'person', person };
  for (const invite of state.invites.values()) yield { kind: 'invite', invite };
  for (const { group } of state.groups.values()) yield { kind: 'group', group };
  for (const record of state.groups.values()) {
    for (const membership of record.memberships.values()) yield { kind: 'joinedGroup', membership };
  }
  yield* dumpAccess(state);
  for (const signature of state.signatures.values()) yield { kind: 'signed', signature };
  for (const event of state.auditLog) yield { kind: 'audited', event };
  yield { kind: 'webhooks', urls: state.webhooks };
}
