/**
 * Collections over REST, `spaces` there (mode-api.md §7): list, one, create, edit, delete, and their permissions.
 * POST on one collection, the Swagger's way to edit, answers 404; PATCH is the way (CONFIRMED-C, TF; REPORTED, SDK).
 * The deprecated space memberships are left out: they no longer say who has access (CONFIRMED-O).
 */
import { link } from '../account-hal.ts';
import { COLLECTIONS_PER_PAGE } from '../assumptions.ts';
import { type Call, callerOf, choice, param, type Route, textField, unwrap } from '../call.ts';
import { refusal } from '../errors.ts';
import type { Collection } from '../model.ts';
import { pageOf } from '../paging.ts';
import type { State } from '../state.ts';
import {
  type CollectionEdit,
  createCollection,
  deleteCollection,
  editCollection,
  isVisible,
  listedCollections,
} from './collection-rules.ts';
import { COLLECTIONS, collectionRecord } from './kinds.ts';
import { permissionRoutes, removeAll } from './permission-routes.ts';
import type { CollectionRecord } from './records.ts';
import { actionsOf } from './rules.ts';

const links = (state: State, { token, creatorToken }: Collection) => {
  const { slug } = state.workspace;
  const self = `/api/${slug}/collections/${token}`;
  return {
    self: link(self),
    detail: link(`${self}/detail`),
    web: link(`/${slug}/spaces/${token}`),
    reports: link(`${self}/reports`),
    creator: link(`/api/${state.people.get(creatorToken ?? '')?.username ?? slug}`),
    space_memberships: link(`${self}/memberships`),
    preview_space_memberships: link(`${self}/memberships/preview`),
    search_space_permissions: link(`${self}/permissions/search`),
    viewed: link(`${self}/viewed`),
  };
};

/**
 * Shows a collection as captured (CONFIRMED-C, DH): no timestamps; ids are strings since 2025 (CONFIRMED-C, TF), flags
 * are booleans though the Swagger says string. `viewable?` is false in a list and true when fetched (REPORTED, SDK).
 */
const space = (state: State, collection: Collection, isFetched: boolean) => ({
  token: collection.token,
  id: collection.id,
  space_type: collection.type,
  name: collection.name,
  description: collection.description,
  state: collection.state,
  restricted: collection.defaultAccess === 'restricted',
  free_default: false,
  'viewable?': isFetched,
  'viewed?': false,
  default_access_level: collection.defaultAccess,
  _links: links(state, collection),
  _forms: {
    destroy_entitlements: {
      method: 'delete',
      action: `/api/${state.workspace.slug}/collections/${collection.token}/permissions`,
    },
  },
});

/** Answers a page of collections (paged: REPORTED, SDK); that its links lead somewhere, unlike those of groups, is assumed. */
const list = (call: Call) => {
  const { state } = call.world;
  const filter = call.query.get('filter');
  const all = listedCollections(state, callerOf(call), filter);
  const { number, rows, totalPages, pagination } = pageOf(all, call.query, COLLECTIONS_PER_PAGE);
  const self = `/api/${state.workspace.slug}/collections`;
  const at = (page: number) => {
    const query = new URLSearchParams(call.query);
    query.set('page', String(page));
    return link(`${self}?${query}`);
  };
  return {
    pagination,
    _links: {
      self: link(self),
      ...(number > 1 ? { prev_page: at(number - 1) } : {}),
      ...(number < totalPages ? { next_page: at(number + 1) } : {}),
    },
    _embedded: { spaces: rows.map(({ collection }) => space(state, collection, false)) },
  };
};

const seen = (call: Call): CollectionRecord => {
  const record = collectionRecord(call.world, param(call, 'space'));
  if (!isVisible(call.world.state, callerOf(call), record)) throw refusal(404, 'Space not found');
  return record;
};

/** Whoever may edit a collection, or made it, may change it; the Swagger has 403 for the others (CONFIRMED-O). */
const edited = (call: Call): CollectionRecord => {
  const record = seen(call);
  const { admin, owner } = callerOf(call);
  const own = owner ? actionsOf(call.world.state, record, owner.memberToken) : [];
  const isMaker = owner !== undefined && record.collection.creatorToken === owner.memberToken;
  if (!admin && !isMaker && !own.includes('edit')) throw refusal(403);
  return record;
};

const TYPES: readonly Collection['type'][] = ['custom', 'community', 'private'];

/** `none` at creation is what `restricted` is afterwards (CONFIRMED-C, TF). */
const levelAtCreation = (fields: Record<string, unknown>): Collection['defaultAccess'] => {
  if (!('default_access_level' in fields)) return 'restricted';
  const level = choice(fields, 'default_access_level', ['view', 'edit', 'none']);
  return level === 'none' ? 'restricted' : level;
};

/** Creates; type `custom` and level `none` where nothing is said (REPORTED, SDK). */
const create = (call: Call) => {
  const fields = unwrap(call.body, 'space');
  const made = createCollection(call.world, callerOf(call), {
    name: textField(fields, 'name'),
    description: 'description' in fields ? textField(fields, 'description') : '',
    type: 'space_type' in fields ? choice(fields, 'space_type', TYPES) : 'custom',
    defaultAccess: levelAtCreation(fields),
  });
  return space(call.world.state, made, true);
};

/** Edits; a `space_type` is passed over without a word (REPORTED, SDK). */
const update = (call: Call) => {
  const record = edited(call);
  const fields = unwrap(call.body, 'space');
  const edit: CollectionEdit = {
    ...('name' in fields ? { name: textField(fields, 'name') } : {}),
    ...('description' in fields ? { description: textField(fields, 'description') } : {}),
    ...('default_access_level' in fields
      ? { defaultAccess: choice(fields, 'default_access_level', ['view', 'edit', 'restricted']) }
      : {}),
  };
  return space(call.world.state, editCollection(call.world, record, edit), true);
};

const remove = (call: Call) => space(call.world.state, deleteCollection(call.world, edited(call)), true);

const ALL = '/api/{workspace}/spaces';
const ONE = `${ALL}/{space}`;

/** The routes of collections. */
export const collectionRoutes: readonly Route[] = [
  { method: 'GET', template: ALL, handler: list },
  { method: 'POST', template: ALL, handler: create },
  {
    method: 'GET',
    template: ONE,
    handler: (call) => space(call.world.state, seen(call).collection, true),
  },
  { method: 'PATCH', template: ONE, handler: update },
  { method: 'DELETE', template: ONE, handler: remove },
  ...permissionRoutes(COLLECTIONS, { DELETE: removeAll }),
];
