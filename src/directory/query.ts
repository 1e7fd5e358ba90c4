/**
 * A question to the record, free of any protocol: which people or groups, in which order, which part. SCIM's filter
 * language is one way to write it (scim/filter/parse.ts); store/filter.ts turns it into SQL; the same tree is evaluated in
 * memory where a PATCH path needs it.
 */

/** An attribute of the schema that a filter or an order names, already looked up: nothing unknown gets here. */
export interface AttributeRef {
  /** Canonical path: `userName`, `name.familyName`, `emails.value`, `urn:…:User:manager.value`, `meta.created`. */
  readonly path: string;
  readonly type: 'string' | 'boolean' | 'dateTime' | 'reference' | 'binary' | 'complex';
  /** Compare letter by letter; otherwise folded (fold.ts). */
  readonly caseExact: boolean;
  /** The attribute, or the one that it is part of, holds several values. */
  readonly multiValued: boolean;
}

export type Comparison = 'eq' | 'ne' | 'co' | 'sw' | 'ew' | 'gt' | 'ge' | 'lt' | 'le';

/**
 * A filter as a tree. `and`/`or` hold two or more; `element` holds for one element of a complex multi-valued attribute
 * (RFC 7644 §3.4.2.2 "complex attribute filter grouping"); inside it paths are still absolute (`emails.type`).
 * A comparison with an attribute of several values holds when any value fits; `ne` is the negation of `eq`, and an
 * attribute without a value equals nothing. Values are as written: the evaluator folds where caseExact is false.
 * A dateTime value is an ISO instant in UTC with milliseconds. `eq`/`ne` with null: the attribute has no value / has one.
 */
export type Filter =
  | { readonly op: 'and' | 'or'; readonly of: readonly Filter[] }
  | { readonly op: 'not'; readonly of: Filter }
  | { readonly op: Comparison; readonly attribute: AttributeRef; readonly value: string | boolean | null }
  | { readonly op: 'pr'; readonly attribute: AttributeRef }
  | { readonly op: 'element'; readonly attribute: AttributeRef; readonly of: Filter };

/** The order of a list: by one attribute, then by id. Without a value: last when ascending, first when descending. */
export interface Sort {
  /** Of a multi-valued attribute the primary value counts, else the first (RFC 7644 §3.4.2.3). */
  readonly attribute: AttributeRef;
  readonly descending: boolean;
}

/** A place in an ordered list: just behind the row with this sort key (null: no value, or no sort) and id. */
export interface Position {
  readonly key: string | null;
  readonly id: string;
}

/** Part of a list in the order of `sort`, or of creation when that is null. */
export interface Query {
  readonly filter: Filter | null;
  readonly sort: Sort | null;
  /** Begins behind this position; null: at the first row. Rows that come and go before it shift nothing. */
  readonly after: Position | null;
  /** Skips so many rows from there. */
  readonly offset: number;
  /** At most so many rows; 0 asks for the total alone. */
  readonly limit: number;
  /** Whether the total is wanted. */
  readonly counted: boolean;
}

export interface Page<T> {
  /** All rows that fit, wherever the query begins; 0 when nobody wanted to know. */
  readonly total: number;
  readonly rows: readonly T[];
  /** Where the next page begins; null when this one is the last, or empty. */
  readonly next: Position | null;
}
