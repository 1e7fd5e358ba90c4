/** Reads of Mode what is wished, alone, and then does about manual changes what the connection says. */
import type { Call, Deps } from '../deps.ts';
import { type Reconciled, reconcile } from '../plan/reconcile.ts';
import { type ChangesFound, syncChanges, type WhyNot } from './changes.ts';
import { type PeopleFound, syncMembers } from './people.ts';
import { type OnProgress, unwatched } from './progress.ts';
import { runAlone, type SyncScope, type SyncWish, type Waiting } from './run.ts';
import { type FullSync, fullSync, isFirstSync, originOf, unhurried } from './sync.ts';

interface FullOutcome extends FullSync {
  readonly read: 'full';
  /** Why not Mode's log, where that was wished. */
  readonly instead?: WhyNot;
}

interface MembersOutcome {
  readonly read: 'members';
  readonly found: PeopleFound;
}

interface ChangesOutcome {
  readonly read: 'changes';
  readonly found: ChangesFound;
  readonly reconciled: Reconciled | undefined;
}

/** What was read, what was found, and what became of manual changes. */
export type SyncOutcome =
  | FullOutcome
  | MembersOutcome
  | ChangesOutcome
  /** The credential may not read Mode's log, and nothing else was wished. */
  | { readonly read: 'nothing' };

export interface SyncOptions extends Waiting {
  readonly onProgress?: OnProgress;
  /** Whether everything is read where the log of changes may not be. */
  readonly orFull?: boolean;
}

const readFull = async (deps: Deps, call: Call, { onProgress }: SyncOptions): Promise<FullOutcome> => ({
  read: 'full',
  ...(await fullSync(deps, call, onProgress)),
});

const readMembers = async (
  deps: Deps,
  call: Call,
  { onProgress = unwatched }: SyncOptions,
): Promise<SyncOutcome> => {
  const origin = originOf(await isFirstSync(deps, call));
  return { read: 'members', found: await syncMembers(deps, unhurried(call), { origin, onProgress }) };
};

const readChanges = async (deps: Deps, call: Call, options: SyncOptions): Promise<SyncOutcome> => {
  const found = await syncChanges(deps, unhurried(call));
  if (found === 'unreadable' && !options.orFull) return { read: 'nothing' };
  if (typeof found === 'string') return { ...(await readFull(deps, call, options)), instead: found };
  const reconciled = found.events > 0 ? await reconcile(deps, call) : undefined;
  return { read: 'changes', found, reconciled };
};

type Read = (deps: Deps, call: Call, options: SyncOptions) => Promise<SyncOutcome>;

const READS: Readonly<Record<SyncScope, Read>> = {
  full: readFull,
  members: readMembers,
  changes: readChanges,
};

/** Reads what is wished when nobody else reads. Undefined when somebody did it meanwhile. Throws what Mode answers. */
export const sync = (deps: Deps, wish: SyncWish, options: SyncOptions): Promise<SyncOutcome | undefined> =>
  runAlone(deps, wish, options, (call) => READS[wish.scope](deps, call, options));
