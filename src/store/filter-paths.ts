/**
 * Where the value of each attribute path lies: in a column of the table, in a row that belongs to it (a membership, what
 * Mode says), or in the index of values. A path that stands nowhere here is refused, never everything and never nothing.
 */
import { type RawBuilder, sql } from 'kysely';
import type { AttributeRef } from '../directory/query.ts';
import { AppError } from '../errors.ts';

/** A column, by how it compares: as written (`exact`), folded, as an instant, or as a boolean. */
export interface Column {
  readonly exact?: RawBuilder<unknown>;
  readonly folded?: RawBuilder<unknown>;
  readonly instant?: RawBuilder<unknown>;
  readonly flag?: RawBuilder<unknown>;
  readonly nullable?: true;
  /** Text of any length, whose index holds the first 128 characters. */
  readonly long?: true;
}

/** Rows that belong to a row of the table: `owner` in them is what `outer` is in the table. */
export interface Relation {
  readonly from: RawBuilder<unknown>;
  readonly connection: RawBuilder<unknown>;
  readonly owner: RawBuilder<unknown>;
  readonly outer: 'id' | 'member_token' | 'group_token';
  /** Which of those rows count. */
  readonly where: RawBuilder<unknown>;
  readonly columns: Readonly<Record<string, Column>>;
}

type Columns = Readonly<Record<string, Column>>;

export type Table = 'users' | 'groups' | 'entitlements';

const text = (exact: string | null, folded: string | null): Column => ({
  ...(exact === null ? {} : { exact: sql.ref(exact) }),
  ...(folded === null ? {} : { folded: sql.ref(folded) }),
});
const flag = (column: string): Column => ({ flag: sql.ref(column) });
const instant = (column: string): Column => ({ instant: sql.ref(column) });
/** Ids are lower case: folding changes nothing. */
const id = (column: string): Column => text(column, column);

const USER_COLUMNS: Columns = {
  id: id('users.id'),
  userName: text('users.user_name', 'users.user_name_key'),
  externalId: { ...text('users.external_id', null), nullable: true, long: true },
  active: flag('users.active'),
  'meta.created': instant('users.created_at'),
  'meta.lastModified': instant('users.modified_at'),
};

const GROUP_COLUMNS: Columns = {
  id: id('groups.id'),
  displayName: text('groups.display_name', 'groups.display_name_key'),
  externalId: { ...text('groups.external_id', null), nullable: true, long: true },
  'meta.created': instant('groups.created_at'),
  'meta.lastModified': instant('groups.modified_at'),
};

/** The kind as it is stored is the type folded, and folded is how types compare. */
const ENTITLEMENT_COLUMNS: Columns = {
  id: id('entitlements.id'),
  displayName: {
    ...text('entitlements.display_name', 'entitlements.display_name_key'),
    long: true,
  },
  type: text(null, 'entitlements.kind'),
  description: { ...text('entitlements.description', 'entitlements.description_key'), nullable: true },
};

const groupsOfUser: Relation = {
  from: sql`memberships as m inner join groups as g on g.connection_id = m.connection_id and g.id = m.group_id`,
  connection: sql`m.connection_id`,
  owner: sql`m.user_id`,
  outer: 'id',
  where: sql`m.wanted = 1 and g.living <> 0`,
  columns: {
    'groups.value': id('m.group_id'),
    'groups.display': text('g.display_name', 'g.display_name_key'),
  },
};

const membersOfGroup: Relation = {
  from: sql`memberships as m inner join users as u on u.connection_id = m.connection_id and u.id = m.user_id`,
  connection: sql`m.connection_id`,
  owner: sql`m.group_id`,
  outer: 'id',
  where: sql`m.wanted = 1 and u.living <> 0`,
  columns: {
    'members.value': id('m.user_id'),
    'members.display': text('u.display_name', 'u.display_name_key'),
  },
};

const MODE_USER = 'urn:ietf:params:scim:schemas:extension:mode:2.0:User';
const MODE_GROUP = 'urn:ietf:params:scim:schemas:extension:mode:2.0:Group';

const modeMember: Relation = {
  from: sql`mode_members as mm`,
  connection: sql`mm.connection_id`,
  owner: sql`mm.member_token`,
  outer: 'member_token',
  where: sql`1 = 1`,
  columns: {
    [`${MODE_USER}:state`]: text('mm.state', 'mm.state'),
    [`${MODE_USER}:username`]: text('mm.username', 'mm.username_key'),
    [`${MODE_USER}:admin`]: flag('mm.admin'),
    [`${MODE_USER}:managedByScim`]: flag('mm.managed_by_scim'),
  },
};

const modeGroup: Relation = {
  from: sql`mode_groups as mg`,
  connection: sql`mg.connection_id`,
  owner: sql`mg.group_token`,
  outer: 'group_token',
  where: sql`1 = 1`,
  columns: {
    [`${MODE_GROUP}:type`]: { ...text('mg.group_type', 'mg.group_type_key'), nullable: true },
    [`${MODE_GROUP}:state`]: text('mg.state', 'mg.state_key'),
    [`${MODE_GROUP}:managed`]: flag('mg.managed'),
  },
};

const COLUMNS: Readonly<Record<Table, Columns>> = {
  users: USER_COLUMNS,
  groups: GROUP_COLUMNS,
  entitlements: ENTITLEMENT_COLUMNS,
};

/** Paths that begin so (the attribute itself, or a part of it) lie in these rows and nowhere else. */
const RELATIONS: Readonly<Record<Table, readonly (readonly [string, Relation])[]>> = {
  users: [
    ['groups', groupsOfUser],
    [MODE_USER, modeMember],
  ],
  groups: [
    ['members', membersOfGroup],
    [MODE_GROUP, modeGroup],
  ],
  entitlements: [],
};

/** Whether the values of that path lie in a column of the table. */
export const hasColumn = (table: Table, path: string): boolean => Object.hasOwn(COLUMNS[table], path);

/** Whether the path is the attribute, or a part of it. */
export const isWithin = (path: string, whole: string): boolean =>
  path === whole || path.startsWith(`${whole}.`) || path.startsWith(`${whole}:`);

/** Refuses a path that cannot be searched. */
export const unsupported = ({ path }: AttributeRef): AppError =>
  new AppError('invalid', 'store.filter.unsupported', `Filtering by "${path}" is not supported.`);

export type Place =
  | { readonly kind: 'column'; readonly column: Column }
  | { readonly kind: 'relation'; readonly relation: Relation; readonly column: Column | null }
  | { readonly kind: 'index' };

/**
 * Finds where the attribute lies; `column: null` stands for the rows themselves (`members pr`). Throws what `refusal` makes
 * (`invalid`, `store.filter.unsupported`) when it lies nowhere.
 */
export const placeOf = (table: Table, attribute: AttributeRef, refusal = unsupported): Place => {
  const { path } = attribute;
  const column = hasColumn(table, path) ? COLUMNS[table][path] : undefined;
  if (column) return { kind: 'column', column };
  const relation = RELATIONS[table].find(([whole]) => isWithin(path, whole));
  if (relation) {
    const [whole, rows] = relation;
    const part = Object.hasOwn(rows.columns, path) ? rows.columns[path] : undefined;
    if (part) return { kind: 'relation', relation: rows, column: part };
    if (path === whole) return { kind: 'relation', relation: rows, column: null };
    throw refusal(attribute);
  }
  if (table !== 'users' || isWithin(path, 'meta') || isWithin(path, 'id')) throw refusal(attribute);
  return { kind: 'index' };
};
