/**
 * How far a connection's client may stray from the RFCs: tolerated where a known client needs it, refused on a strict
 * connection, and in both cases noted, so that the admin can be told what her client sends (directory/sightings.ts).
 */

/** One way in which known clients deviate, and what a strict connection does about it. */
export interface Deviation {
  readonly name: string;
  /** Known clients that send it. */
  readonly client: string;
  /** Where idp-clients.md, or a standard, speaks of it. */
  readonly evidence: string;
  readonly whenStrict: 'refused' | 'accepted';
}

/** How the body or filter of one request is read. */
export interface Dialect {
  readonly strict: boolean;
  /** Takes the names of deviations that the request shows. */
  readonly saw?: (name: string) => void;
}

/** Notes a deviation that the request shows, and says whether the connection lets it pass. */
export const tolerates = ({ strict, saw }: Dialect, { name, whenStrict }: Deviation): boolean => {
  saw?.(name);
  return !strict || whenStrict === 'accepted';
};
