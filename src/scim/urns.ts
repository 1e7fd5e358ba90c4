/** The `schemas` of a message or resource, as a client sent them. */

/** The URNs in it, in small letters, since URNs compare so (RFC 7643 §2.1); whatever is no text is left out. */
export const sentUrns = (schemas: unknown): readonly string[] =>
  Array.isArray(schemas)
    ? schemas.flatMap((urn) => (typeof urn === 'string' ? [urn.toLowerCase()] : []))
    : [];
