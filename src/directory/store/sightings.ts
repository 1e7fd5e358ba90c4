/** What the directory needs its memory to keep of how clients deviate from the SCIM standard. Part of store.ts; the same contract. */

/** One way in which the client of a connection was seen to deviate from the SCIM standard. */
export interface Sighting {
  readonly connectionId: string;
  readonly name: string;
  /** Requests that showed it. */
  readonly count: number;
  /** Instants, ISO 8601. */
  readonly firstSeen: string;
  readonly lastSeen: string;
  /** User-Agent of the request that showed it last; null when it named none. */
  readonly userAgent: string | null;
}

/** Deviations that clients were seen to send. */
export interface SightingStore {
  /** Adds to what is known of each; a new name is dropped when the connection has very many already. */
  add(sightings: readonly Sighting[]): Promise<void>;
  /** The most frequent first. */
  list(connectionId: string): Promise<readonly Sighting[]>;
}
