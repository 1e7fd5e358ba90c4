/**
 * What the directory needs its memory to say of work under way, so that several processes share it: what Mode is owed, and
 * who reads Mode, and who calls it. Part of store.ts; the same contract.
 */
import type { Unsettled, Urgency } from '../model.ts';

type Key = Pick<Unsettled, 'connectionId' | 'kind' | 'id'>;
type Mark = Pick<Unsettled, 'connectionId' | 'kind' | 'id' | 'undo' | 'members' | 'priority'>;

/** Somebody's work on what Mode is owed. Whoever has lost the lease meanwhile changes nothing any more. */
export interface Claimed extends Unsettled {
  readonly owner: string;
}
type Work = Pick<Claimed, 'connectionId' | 'kind' | 'id' | 'revision' | 'owner'>;

export interface UnsettledStore {
  /**
   * Remembers that Mode is owed something. Marked again: the first `undo` stays (null: nothing to undo), the more urgent
   * priority wins, those of `members` come to those before them, revision grows, and the row is due at once.
   */
  mark(entry: Mark, now: string): Promise<void>;
  markMany(entries: readonly Mark[], now: string): Promise<void>;
  /**
   * Takes the row for `owner` until `leaseUntil`; undefined when another owner's lease still runs or nothing is owed. A
   * lease that ran out was of somebody who died over the work: that counts as an attempt, of which a call may be open.
   */
  claim(entry: Key, lease: Lease): Promise<Claimed | undefined>;
  /** Takes the next row that is due and at least that urgent, most urgent and then oldest first; otherwise like claim. */
  claimDue(lease: Lease, least: Urgency): Promise<Claimed | undefined>;
  /** The work takes longer: moves the end of the lease, where it is still the owner's. */
  prolong(work: Pick<Work, keyof Key | 'owner'>, leaseUntil: string): Promise<void>;
  /**
   * Done: the row goes. Marked again since (its revision is newer): the lease ends, the row stays due, and `undo`
   * becomes what the first newer mark brought, because the old one lies before the change that was just carried out, and
   * `members` those whom the newer marks brought.
   */
  settle(work: Work): Promise<void>;
  /**
   * Done as far as can be seen, but an open call may undo it: the lease ends, and the row is due again at `notBefore`. Until
   * then, or until it is marked again, it is `watched`: nobody who asks for the same needs to wait.
   */
  watch(work: Work, notBefore: string): Promise<void>;
  /**
   * Not done: counts the attempt, ends the lease, and waits until `notBefore`, unless it was marked again meanwhile.
   * `openedAt`: a call was given up then, and may take effect yet.
   */
  postpone(
    work: Work,
    outcome: { readonly error: string; readonly notBefore: string; readonly openedAt?: string | undefined },
  ): Promise<void>;
  /** Not to be done after all, because the record was put back: the row goes. False when it was marked again since. */
  drop(work: Work): Promise<boolean>;
  /**
   * Part of it is not to be done after all, because that was put back, or was done: the rest is due at once. `undo`: what would
   * undo it; null: only what was marked meanwhile. `isOver`: nothing is to be undone any more.
   */
  keepRest(
    work: Work,
    rest: { readonly undo: string | null; readonly isOver?: boolean; readonly now: string },
  ): Promise<void>;
  /** Whose membership was marked since the work was taken, as far as that is known. */
  concernedSince(work: Pick<Work, keyof Key | 'owner'>): Promise<readonly string[]>;
  /** What Mode is owed for this person or group, leased or not. */
  find(entry: Key): Promise<Unsettled | undefined>;
  list(connectionId: string): Promise<readonly Unsettled[]>;
  /** What Mode is owed at that moment, what is only watched left out: ends of access first, then by age. */
  owed(connectionId: string, now: string): Promise<readonly Owed[]>;
}

/** Of what Mode is owed, those alike: ends of access or other changes, with the same last error. */
export interface Owed {
  /** Whether somebody's access must end. */
  readonly isRemoval: boolean;
  /** Code of the last error; null for what was not tried, or not in vain. */
  readonly lastError: string | null;
  readonly count: number;
  /** Since when the oldest of them. */
  readonly since: string;
}

/** A claim to be the one who works until it runs out. */
export interface Lease {
  readonly owner: string;
  readonly now: string;
  readonly leaseUntil: string;
}

/** How far the log of changes was read, and what was read in the part that is read again. */
export interface LogPosition {
  readonly readUntil: string;
  readonly seen: readonly string[];
}

/** When Mode was last read: in full, its members, its log of changes, what there is to be given. Instants at which that began. */
export interface SyncState {
  readonly full: string | null;
  readonly members: string | null;
  readonly changes: string | null;
  readonly access: string | null;
  readonly position: LogPosition | null;
  /** Who reads Mode now, and since when; null when nobody does. */
  readonly holder: { readonly owner: string; readonly since: string } | null;
}

/** Who reads Mode, and what was read when. */
export interface SyncStore {
  state(connectionId: string, now: string): Promise<SyncState>;
  /** True when the lease was free, or had run out, and is `owner`'s now. Also `owner` must let go of it before the next. */
  claim(connectionId: string, lease: Lease): Promise<boolean>;
  /** False when the lease ran out and is somebody else's. */
  renew(connectionId: string, lease: Lease): Promise<boolean>;
  /** Frees the lease if it still is `owner`'s. */
  release(connectionId: string, owner: string): Promise<void>;
  markMembers(connectionId: string, at: string): Promise<void>;
  markChanges(connectionId: string, at: string, position: LogPosition): Promise<void>;
}

/** What processes that call one Mode tell each other of it, so that they keep to its limits together. */
export interface LineStore {
  /** Writes what `owner` says, which holds until `until`, and gives what the others say as far as that holds at `now`. */
  exchange(
    line: { readonly connectionId: string; readonly modeUrl: string; readonly owner: string },
    said: { readonly says: string; readonly now: string; readonly until: string },
  ): Promise<readonly { readonly says: string; readonly saidAt: string }[]>;
}
