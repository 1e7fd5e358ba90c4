/** Reads of Mode what is wished, alone, and then does about manual changes what the connection says. */
import type { Call, Deps } from '../deps.ts';
import { reconcile } from '../plan/reconcile.ts';
import { fullSync, isFirstSync, type SyncReport, unhurried } from '../sync.ts';
import { type ChangesFound, syncChanges } from './changes.ts';
import { type PeopleFound, syncMembers } from './people.ts';
import { type OnProgress, unwatched } from './progress.ts';
import { runAlone, type SyncScope, type SyncWish, type Waiting } from './run.ts';

/** What was read, and what was found. */
export type SyncOutcome =
  | { readonly read: 'full'; readonly found: SyncReport }
  | { readonly read: 'members'; readonly found: PeopleFound }
  | { readonly read: 'changes'; readonly found: ChangesFound }
  /** The credential may not read Mode's log, and nothing else was wished. */
  | { readonly read: 'nothing' };

export interface SyncOptions extends Waiting {
  readonly onProgress?: OnProgress;
  /** Whether everything is read where the log of changes may not be. */
  readonly orFull?: boolean;
}

const readFull = async (deps: Deps, call: Call, { onProgress }: SyncOptions): Promise<SyncOutcome> => ({
  read: 'full',
  found: await fullSync(deps, call, onProgress),
});

const readMembers = async (deps: Deps, call: Call): Promise<SyncOutcome> => {
  const origin = (await isFirstSync(deps, call)) ? 'baseline' : 'manual';
  return {
    read: 'members',
    found: await syncMembers(deps, unhurried(call), { origin, onProgress: unwatched }),
  };
};

const readChanges = async (deps: Deps, call: Call, options: SyncOptions): Promise<SyncOutcome> => {
  const found = await syncChanges(deps, unhurried(call));
  if (found === 'tooMuch' || (found === 'unreadable' && options.orFull)) return readFull(deps, call, options);
  if (found === 'unreadable') return { read: 'nothing' };
  if (found.events > 0) await reconcile(deps, call);
  return { read: 'changes', found };
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
