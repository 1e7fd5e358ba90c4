/**
 * What happens to collections, and who sees which (mode-api.md §7).
 */
import { FIRST_COLLECTION_ID } from '../assumptions.ts';
import type { Caller } from '../credentials.ts';
import { refusal } from '../errors.ts';
import type { Collection } from '../model.ts';
import type { State } from '../state.ts';
import { freshToken, type World } from '../world.ts';
import type { CollectionRecord } from './records.ts';
import { actionsOf, revocations } from './rules.ts';

const isOwn = (caller: Caller, { collection }: CollectionRecord): boolean =>
  caller.owner !== undefined && collection.creatorToken === caller.owner.memberToken;

const isGiven = (state: State, caller: Caller, record: CollectionRecord): boolean =>
  caller.owner !== undefined && actionsOf(state, record, caller.owner.memberToken).length > 0;

/** Says whether the caller may see a collection: an admin all, others what is open to them (INFERRED). */
export const isVisible = (state: State, caller: Caller, record: CollectionRecord): boolean => {
  if (caller.admin || isOwn(caller, record) || isGiven(state, caller, record)) return true;
  return record.collection.type !== 'private' && record.collection.defaultAccess !== 'restricted';
};

type Filter = (state: State, caller: Caller, record: CollectionRecord) => boolean;

/** The collections that the caller is a member of; a key of nobody gets all but private ones (INFERRED). */
const isMine: Filter = (state, caller, record) =>
  caller.owner
    ? isOwn(caller, record) || isGiven(state, caller, record)
    : record.collection.type !== 'private';

/** `all` CONFIRMED-O, `custom` and `mine` REPORTED (SDK); what `mine` means is INFERRED from its name. */
const FILTERS: ReadonlyMap<string, Filter> = new Map<string, Filter>([
  ['all', () => true],
  ['custom', (_state, _caller, { collection }) => collection.type === 'custom'],
  ['mine', (_state, caller, record) => isOwn(caller, record)],
]);

/**
 * Lists what a caller sees. Without filter only what they are a member of, without a word about the rest (REPORTED, SDK);
 * an unknown filter counts as none (REPORTED, SDK).
 */
export const listedCollections = (
  state: State,
  caller: Caller,
  filter: string | null,
): CollectionRecord[] => {
  const isWanted = FILTERS.get(filter ?? '') ?? isMine;
  return [...state.collections.values()].filter(
    (record) =>
      record.collection.state === 'active' &&
      isVisible(state, caller, record) &&
      isWanted(state, caller, record),
  );
};

export type NewCollection = Pick<Collection, 'name' | 'description' | 'type' | 'defaultAccess'>;

const checkName = (name: string): string => {
  if (name.trim() === '') throw refusal(400, "Name can't be blank");
  return name.trim();
};

/** Creates a collection. */
export const createCollection = (world: World, caller: Caller, wish: NewCollection): Collection => {
  const collection: Collection = {
    ...wish,
    name: checkName(wish.name),
    token: freshToken(world),
    id: String(FIRST_COLLECTION_ID + world.state.collections.size),
    state: 'active',
    creatorToken: caller.owner?.memberToken ?? null,
  };
  world.commit([{ kind: 'collection', collection }]);
  return collection;
};

export type CollectionEdit = Partial<Pick<Collection, 'name' | 'description' | 'defaultAccess'>>;

/** Changes a collection; a private one "accepts neither a name nor a description" (REPORTED, SDK), here with 400. */
export const editCollection = (
  world: World,
  { collection }: CollectionRecord,
  edit: CollectionEdit,
): Collection => {
  if (collection.type === 'private' && ('name' in edit || 'description' in edit)) {
    throw refusal(400, 'Invalid space');
  }
  const changed: Collection = { ...collection, ...edit, name: checkName(edit.name ?? collection.name) };
  world.commit([{ kind: 'collection', collection: changed }]);
  return changed;
};

/** Deletes a collection, softly (CONFIRMED-C, TF reads `state: "soft_deleted"`); its permissions go (assumption). */
export const deleteCollection = (world: World, record: CollectionRecord): Collection => {
  const collection: Collection = { ...record.collection, state: 'soft_deleted' };
  world.commit([{ kind: 'collection', collection }, ...revocations(record.permissions.values())]);
  return collection;
};
