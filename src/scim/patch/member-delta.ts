/** What the changes of membership in one PATCH come to, and whom its conditions fit. */
import { matchesElement } from '../../directory/match.ts';
import type { Filter } from '../../directory/query.ts';
import type { MemberDelta } from '../../directory/settle/group-wish.ts';
import { looksOf, spend, type Work } from './work.ts';

export type MemberChange =
  | { readonly kind: 'add' | 'remove' | 'replace'; readonly ids: readonly string[] }
  | { readonly kind: 'removeAll' }
  | { readonly kind: 'removeWhere'; readonly filter: Filter };

/** A change that says itself whom it is about. */
type PlainChange = Exclude<MemberChange, { readonly kind: 'removeWhere' }>;

/** How often conditions may look at a member, all together: some 100 ms; one in a group of any size, 100 in one of 1,000. */
const MOST_LOOKS = 100_000;
const TOO_MUCH =
  'The conditions of this PATCH would have to be asked of too many members; name those to remove by id.';

/** Who is in the group after the changes so far: all as before, or nobody, but for these. */
interface Wanted {
  replaceAll: boolean;
  readonly ids: Map<string, boolean>;
}

const carryOut = (wanted: Wanted, change: PlainChange): void => {
  if (change.kind === 'removeAll' || change.kind === 'replace') {
    wanted.replaceAll = true;
    wanted.ids.clear();
  }
  if (change.kind === 'removeAll') return;
  for (const id of change.ids) wanted.ids.set(id, change.kind !== 'remove');
};

const deltaOf = ({ replaceAll, ids }: Wanted): MemberDelta => {
  const those = (present: boolean) => [...ids].filter(([, want]) => want === present).map(([id]) => id);
  return { replaceAll, add: those(true), remove: replaceAll ? [] : those(false) };
};

/** A present member, as a condition may ask about it. */
export interface PresentMember {
  readonly value: string;
  readonly display: string;
  readonly type: string;
}

/** What a condition is asked with. */
interface Asking {
  readonly wanted: Wanted;
  readonly present: ReadonlyMap<string, PresentMember>;
  readonly work: Work;
}

/** Of those in the group now, also those added before in the same request, whom the condition fits. */
const fitting = (filter: Filter, { wanted, present, work }: Asking): readonly string[] => {
  const { replaceAll, ids } = wanted;
  const fits = (id: string): boolean => {
    const member = present.get(id) ?? { value: id, type: 'User' };
    spend(work, looksOf(filter, member), TOO_MUCH);
    return (ids.get(id) ?? true) && matchesElement(filter, member, 'members');
  };
  const before = replaceAll ? [] : [...present.keys()];
  const since = [...ids.keys()].filter((id) => replaceAll || !present.has(id));
  return [...before, ...since].filter(fits);
};

/**
 * What the changes come to when they are carried out in order: the last word on each person counts. Loads the present
 * members only when a condition asks about them.
 */
export const memberDelta = async (
  changes: readonly MemberChange[],
  load: () => Promise<readonly PresentMember[]>,
): Promise<MemberDelta> => {
  const loaded = changes.some(({ kind }) => kind === 'removeWhere') ? await load() : [];
  const present = new Map(loaded.map((member) => [member.value, member]));
  const wanted: Wanted = { replaceAll: false, ids: new Map() };
  const work: Work = { left: MOST_LOOKS };
  for (const change of changes) {
    if (change.kind !== 'removeWhere') carryOut(wanted, change);
    else carryOut(wanted, { kind: 'remove', ids: fitting(change.filter, { wanted, present, work }) });
  }
  return deltaOf(wanted);
};
