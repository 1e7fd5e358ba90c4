/** The tables that are kept beside those of schema.ts so that reading is looking up (migrations/0009-documents.ts). */
import type { Generated } from 'kysely';

/** People as SCIM shows them; a row for each living person, without a document until one was written. */
export interface DocumentsTable {
  readonly connection_id: string;
  readonly user_id: string;
  readonly format: number | null;
  readonly version: string | null;
  readonly document: string | null;
}

/** The address that documents are written for now, in one row; a higher number each time that it is another. */
export interface DocumentAddressTable {
  readonly id: number;
  readonly number: number;
  readonly address: string;
}

/** What changed that documents show, once for each change: a person (0), a group (1), a member of Mode (2), the connection (3). */
export interface OutdatedTable {
  readonly id: Generated<number>;
  readonly connection_id: string;
  readonly kind: 0 | 1 | 2 | 3;
  readonly subject: string;
}

/** How many living people and groups there are: the sum of the amounts. */
export interface TalliesTable {
  readonly id: Generated<number>;
  readonly connection_id: string;
  readonly kind: 'user' | 'group';
  readonly amount: number;
}
