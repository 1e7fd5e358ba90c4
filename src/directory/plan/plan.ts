/**
 * A plan: in what the record and Mode differ, what would be done, and what speaks against doing it. Its id comes from its
 * content alone, so that the same plan made twice has the same id, and one that either side has outrun has another.
 */
import { createHash } from 'node:crypto';
import type { Deps } from '../deps.ts';
import type { Connection, Reconcile } from '../model.ts';
import type { Store } from '../store/store.ts';
import { compare, type Difference } from './compare.ts';
import { guardsAgainst, type Stop } from './guards.ts';
import { effects } from './situations.ts';

/** What is changed for one person, all together. */
export interface PersonPlan {
  readonly id: string;
  readonly userName: string;
  readonly displayName: string;
  readonly access: 'loses' | 'gains' | 'keeps' | 'changes';
  readonly differences: readonly Difference[];
}

export interface Plan {
  /** Twelve hex digits. */
  readonly id: string;
  readonly connection: string;
  readonly reconcile: Reconcile;
  /** When Mode was last read from end to end; null when never. */
  readonly modeSeenAt: string | null;
  /** Since when Mode does not show its groups to the token, so that they are not compared; null while it does. */
  readonly groupsHiddenSince: string | null;
  /** Differences about which something would be done. */
  readonly changes: readonly Difference[];
  /** Differences that are only shown: somebody must settle them. */
  readonly shown: readonly Difference[];
  /** Changes that Mode is owed already and that need no plan. */
  readonly underWay: number;
  readonly stops: readonly Stop[];
}

const idOf = (connectionId: string, reconcile: Reconcile, differences: readonly Difference[]): string =>
  createHash('sha256')
    .update(JSON.stringify([connectionId, reconcile, differences]))
    .digest('hex')
    .slice(0, 12);

/** Compares the record with Mode as last seen. Calls nobody; sync first for the present. */
export const makePlan = async (
  { store }: { readonly store: Store } | Deps,
  connection: Connection,
  reconcile: Reconcile = connection.reconcile,
): Promise<Plan> => {
  // As the caller wants it to be; what was seen, as it is known now.
  const { syncedAt, groupsHiddenSince } = (await store.connections.find(connection.id)) ?? connection;
  const differences = await compare(store, { ...connection, groupsHiddenSince }, reconcile);
  const totals = await store.drift.totals(connection.id);
  return {
    id: idOf(connection.id, reconcile, differences),
    connection: connection.name,
    reconcile,
    modeSeenAt: syncedAt,
    groupsHiddenSince,
    changes: differences.filter(({ action }) => action !== 'show'),
    shown: differences.filter(({ action }) => action === 'show'),
    underWay: (await store.unsettled.list(connection.id)).length,
    stops: guardsAgainst({ differences, totals, connection }),
  };
};

const accessOf = (differences: readonly Difference[]): PersonPlan['access'] => {
  const kinds = new Set(differences.map(({ action }) => effects[action]));
  if (kinds.has('loses') && kinds.has('gains')) return 'changes';
  if (kinds.has('loses')) return 'loses';
  return kinds.has('gains') ? 'gains' : 'keeps';
};

/** The changes of a plan by person, for those who ask "what happens to her?". */
export const peopleOf = ({ changes }: Plan): readonly PersonPlan[] => {
  const people = new Map<string, Difference[]>();
  for (const change of changes) {
    if (!change.person) continue;
    const known = people.get(change.person.id);
    if (known) known.push(change);
    else people.set(change.person.id, [change]);
  }
  return [...people].map(([id, differences]) => ({
    id,
    userName: differences[0]?.person?.userName ?? '',
    displayName: differences[0]?.person?.displayName ?? '',
    access: accessOf(differences),
    differences,
  }));
};
