/** What Mode was last seen to hold. A row written from an older look never replaces what was seen later. */
import { type Selectable, sql } from 'kysely';
import { fold } from '../directory/fold.ts';
import type { ModeGroup, ModeMember } from '../directory/model.ts';
import type { ModeStore } from '../directory/store/store.ts';
import { insertable } from './bulk.ts';
import { forgetAll } from './forget-all.ts';
import { flag, type ModeGroupsTable, type ModeMembersTable } from './schema.ts';
import { atomically, inChunks, type Session } from './session.ts';

/** State of a group that is gone: a trace that keeps older looks from bringing it back, until a later one sweeps it. */
export const BURIED = 'soft_deleted';

type MemberRow = ModeMembersTable;
type GroupRow = ModeGroupsTable;

const toMemberRow = (connectionId: string, member: ModeMember, seenAt: string): MemberRow => ({
  connection_id: connectionId,
  member_token: member.memberToken,
  // Nothing can be removed by the token of a membership that has ended.
  membership_token: member.state === 'former' ? null : member.membershipToken,
  username: member.username,
  username_key: fold(member.username),
  email: member.email,
  name: member.name,
  state: member.state,
  admin: flag(member.admin),
  managed_by_scim: flag(member.managedByScim),
  activated_at: member.activatedAt,
  seen_at: seenAt,
});

const fromMemberRow = (row: Selectable<ModeMembersTable>): ModeMember => ({
  memberToken: row.member_token,
  membershipToken: row.membership_token,
  username: row.username,
  email: row.email,
  name: row.name,
  state: row.state,
  admin: row.admin === 1,
  managedByScim: row.managed_by_scim === 1,
  activatedAt: row.activated_at,
});

const toGroupRow = (connectionId: string, group: ModeGroup, seenAt: string): GroupRow => ({
  connection_id: connectionId,
  group_token: group.groupToken,
  name: group.name,
  state: group.state,
  state_key: fold(group.state),
  group_type: group.groupType,
  group_type_key: group.groupType === null ? null : fold(group.groupType),
  managed: flag(group.managed),
  seen_at: seenAt,
});

const fromGroupRow = (row: Selectable<ModeGroupsTable>): ModeGroup => ({
  groupToken: row.group_token,
  name: row.name,
  state: row.state,
  groupType: row.group_type,
  managed: row.managed === 1,
});

/** The last of several with one key: a statement may not write a row twice. */
const lastOfEach = <T>(rows: readonly T[], keyOf: (row: T) => string): readonly T[] => [
  ...new Map(rows.map((row) => [keyOf(row), row])).values(),
];

const saveMembers = (session: Session, rows: readonly MemberRow[]): Promise<ReadonlySet<string>> =>
  atomically(session, async ({ db }) => {
    const written = await inChunks(
      lastOfEach(rows, (row) => row.member_token),
      (chunk) => {
        const { names, select } = insertable({ ...session, db }, chunk);
        return db
          .insertInto('mode_members')
          .columns(names)
          .expression(select)
          .onConflict((conflict) =>
            conflict
              .columns(['connection_id', 'member_token'])
              .doUpdateSet((eb) => ({
                membership_token: eb.ref('excluded.membership_token'),
                username: eb.ref('excluded.username'),
                username_key: eb.ref('excluded.username_key'),
                email: eb.ref('excluded.email'),
                name: eb.ref('excluded.name'),
                state: eb.ref('excluded.state'),
                admin: eb.ref('excluded.admin'),
                managed_by_scim: eb.ref('excluded.managed_by_scim'),
                activated_at: eb.ref('excluded.activated_at'),
                seen_at: eb.ref('excluded.seen_at'),
              }))
              .where('mode_members.seen_at', '<=', sql.ref<string>('excluded.seen_at')),
          )
          .returning('member_token')
          .execute();
      },
    );
    return new Set(written.map((row) => row.member_token));
  });

const saveGroups = (session: Session, rows: readonly GroupRow[]): Promise<ReadonlySet<string>> =>
  atomically(session, async ({ db }) => {
    const written = await inChunks(
      lastOfEach(rows, (row) => row.group_token),
      (chunk) => {
        const { names, select } = insertable({ ...session, db }, chunk);
        return db
          .insertInto('mode_groups')
          .columns(names)
          .expression(select)
          .onConflict((conflict) =>
            conflict
              .columns(['connection_id', 'group_token'])
              .doUpdateSet((eb) => ({
                name: eb.ref('excluded.name'),
                state: eb.ref('excluded.state'),
                state_key: eb.ref('excluded.state_key'),
                group_type: eb.ref('excluded.group_type'),
                group_type_key: eb.ref('excluded.group_type_key'),
                managed: eb.ref('excluded.managed'),
                seen_at: eb.ref('excluded.seen_at'),
              }))
              .where('mode_groups.seen_at', '<=', sql.ref<string>('excluded.seen_at')),
          )
          .returning('group_token')
          .execute();
      },
    );
    return new Set(written.map((row) => row.group_token));
  });

const membersByToken = async ({ db }: Session, connectionId: string, tokens: readonly string[]) => {
  const rows = await inChunks(tokens, (chunk) =>
    db
      .selectFrom('mode_members')
      .selectAll()
      .where('connection_id', '=', connectionId)
      .where('member_token', 'in', chunk)
      .execute(),
  );
  return new Map(rows.map((row) => [row.member_token, fromMemberRow(row)]));
};

const groupsByToken = async ({ db }: Session, connectionId: string, tokens: readonly string[]) => {
  const rows = await inChunks(tokens, (chunk) =>
    db
      .selectFrom('mode_groups')
      .selectAll()
      .where('connection_id', '=', connectionId)
      .where('group_token', 'in', chunk)
      .where('state', '<>', BURIED)
      .execute(),
  );
  return new Map(rows.map((row) => [row.group_token, fromGroupRow(row)]));
};

const membersGoneSince = async (
  { db }: Session,
  connectionId: string,
  tokens: readonly string[],
  since: string,
) => {
  const rows = await inChunks(tokens, (chunk) =>
    db
      .selectFrom('mode_members')
      .select('member_token')
      .where('connection_id', '=', connectionId)
      .where('member_token', 'in', chunk)
      .where('state', '=', 'former')
      .where('seen_at', '>=', since)
      .execute(),
  );
  return new Set(rows.map((row) => row.member_token));
};

const buryGroup = async ({ db }: Session, connectionId: string, groupToken: string, until: string) => {
  await db
    .updateTable('mode_groups')
    .set({ state: BURIED, state_key: BURIED, seen_at: until })
    .where('connection_id', '=', connectionId)
    .where('group_token', '=', groupToken)
    .where('seen_at', '<=', until)
    .execute();
};

export const createMode = (session: Session): ModeStore => ({
  saveMembers: (connectionId, members, seenAt) =>
    saveMembers(
      session,
      members.map((member) => toMemberRow(connectionId, member, seenAt)),
    ),
  saveGroups: (connectionId, groups, seenAt) =>
    saveGroups(
      session,
      groups.map((group) => toGroupRow(connectionId, group, seenAt)),
    ),
  forgetAll: (connectionId) => forgetAll(session, connectionId),
  buryGroup: (connectionId, groupToken, until) => buryGroup(session, connectionId, groupToken, until),
  membersGoneSince: (connectionId, tokens, since) => membersGoneSince(session, connectionId, tokens, since),
  membersByToken: (connectionId, tokens) => membersByToken(session, connectionId, tokens),
  groupsByToken: (connectionId, tokens) => groupsByToken(session, connectionId, tokens),

  member: async (connectionId, memberToken) =>
    (await membersByToken(session, connectionId, [memberToken])).get(memberToken),

  retireMembersUnseenSince: async (connectionId, seenAt) => {
    const rows = await session.db
      .updateTable('mode_members')
      .set({ state: 'former', membership_token: null, seen_at: seenAt })
      .where('connection_id', '=', connectionId)
      .where('seen_at', '<', seenAt)
      .where('state', '<>', 'former')
      .returning('member_token')
      .execute();
    return rows.map((row) => row.member_token);
  },

  retireGroupsUnseenSince: async (connectionId, seenAt) => {
    const rows = await session.db
      .deleteFrom('mode_groups')
      .where('connection_id', '=', connectionId)
      .where('seen_at', '<', seenAt)
      .returning('group_token')
      .execute();
    return rows.map((row) => row.group_token);
  },
});
