/** What the comparison of record and Mode needs of the memory; store/drift.ts carries it out. */
import type { Origin } from '../model.ts';

/** A person in whom record and Mode differ. */
export interface PersonDrift {
  readonly id: string;
  readonly userName: string;
  readonly displayName: string;
  readonly active: boolean;
  readonly origin: Origin;
  readonly version: number;
  /** A member, joined or invited. */
  readonly isInMode: boolean;
  readonly admin: boolean;
}

/** A group in which record and Mode differ. */
export interface GroupDrift {
  readonly id: string;
  readonly displayName: string;
  readonly origin: Origin;
  readonly version: number;
  /** Its name in Mode; null where Mode does not have it any more. */
  readonly seenName: string | null;
}

/** A membership that somebody changed in Mode by hand. */
export interface MembershipDrift {
  readonly groupId: string;
  readonly groupName: string;
  readonly userId: string;
  readonly userName: string;
  readonly displayName: string;
  /** Added by hand; else taken out. */
  readonly isPresent: boolean;
  /** The identity provider wants it. */
  readonly isProviders: boolean;
}

/** A member, or a group, of Mode for which no record stands: it is not clear which one it is (decision 008). */
export interface Stranger {
  /** Mode's token. */
  readonly token: string;
  readonly name: string;
}

/** How many there are in Mode, as last seen. */
export interface ModeTotals {
  readonly people: number;
  readonly admins: number;
  readonly groups: number;
  readonly memberships: number;
}

export interface DriftStore {
  /** Living people who are wanted and gone, unwanted and there, or there by hand alone; by userName. */
  people(connectionId: string): Promise<readonly PersonDrift[]>;
  /** Members whose wish for the role admin differs from what Mode says; `admin` is what Mode says. */
  roles(connectionId: string): Promise<readonly PersonDrift[]>;
  /** Living groups that are gone from Mode, bear another name there, or are there by hand alone; by name. */
  groups(connectionId: string): Promise<readonly GroupDrift[]>;
  /** Memberships of living, active people that were changed by hand; by group and person. */
  memberships(connectionId: string): Promise<readonly MembershipDrift[]>;
  /** Members in Mode and in no record, by name. */
  unclearPeople(connectionId: string): Promise<readonly Stranger[]>;
  /** Groups in Mode and in no record, by name. */
  unclearGroups(connectionId: string): Promise<readonly Stranger[]>;
  totals(connectionId: string): Promise<ModeTotals>;
  /** Ends the drift of memberships: as the record has it (`keep`), or as Mode has it. */
  settle(
    connectionId: string,
    groupId: string,
    userIds: readonly string[],
    how: 'keep' | 'want' | 'unwant',
  ): Promise<void>;
  /** Forgets the Mode group of a record, and that anybody is in it there. */
  loosenGroup(connectionId: string, groupId: string): Promise<void>;
}
