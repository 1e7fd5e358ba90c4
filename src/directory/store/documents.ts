/** What the directory needs its memory to do with what was written down of people. Part of store.ts; the same contract. */
import type { Position, Query } from '../query.ts';

/** A person as SCIM shows her, and the version of that. */
export interface PersonDocument {
  readonly document: string;
  readonly version: string;
}

/** The documents of a page, in its order: texts of one or several, with commas between them. */
export interface DocumentPage {
  readonly documents: readonly string[];
  readonly rows: number;
  readonly total: number;
  readonly next: Position | null;
}

/** A change that outdated documents: of a person herself, or of something that is part of many people's. */
export interface Mark {
  readonly id: string | number;
  readonly connectionId: string;
  readonly kind: 'person' | 'group' | 'member' | 'connection';
  readonly subject: string;
}

/**
 * Documents of living people. Whatever changes what one shows outdates it, in the same transaction (triggers of the
 * database), and an outdated one is never given. `format` says how documents are written now; in another, none is given.
 */
export interface DocumentStore {
  /** Undefined when there is none that is true now. */
  find(connectionId: string, id: string, format: number): Promise<PersonDocument | undefined>;
  /** The page that `users.list` would give. Undefined when one of them is not true now, or the order is another. */
  list(connectionId: string, query: Query, format: number): Promise<DocumentPage | undefined>;
  /** The oldest marks, at most so many. */
  marks(limit: number): Promise<readonly Mark[]>;
  /** Replaces marks of anything else by marks of the people whose documents it is part of; false, where one is gone. */
  spread(marks: readonly Mark[]): Promise<boolean>;
  /** Writes documents that were made after these marks were read, and removes the marks; false, and nothing, where one is gone. */
  save(
    marks: readonly Mark[],
    documents: ReadonlyMap<string, PersonDocument>,
    format: number,
  ): Promise<boolean>;
  /** Marks people whose documents are in an earlier format, some of them; false when there is nobody. */
  outdateFormats(before: number): Promise<boolean>;
  /** The number of this address, while it is the one that documents are written for. */
  addressNumber(address: string): Promise<number | undefined>;
  /** The address that they are written for; undefined before an instance has served. */
  currentAddress(): Promise<string | undefined>;
  /** Makes it that one and gives its number: a higher one than before, unless it was that one already. */
  claimAddress(address: string): Promise<number>;
  /** Makes the many small amounts by which people and groups are counted few. */
  tidyTallies(): Promise<void>;
}
