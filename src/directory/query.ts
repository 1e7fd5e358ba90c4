/**
 * A question to the record, free of any protocol: which people or groups, in which order, which part. SCIM's filter
 * language is one way to write it (scim/filter.ts); store/filter.ts turns it into SQL; the same tree is evaluated in
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

/** Part of a list: `offset` rows are skipped, at most `limit` come back (0 asks for the total alone). */
export interface Query {
  readonly filter: Filter | null;
  readonly offset: number;
  readonly limit: number;
}

export interface Page<T> {
  readonly total: number;
  readonly rows: readonly T[];
}
