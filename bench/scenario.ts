/** What a scenario is: what is asked, what must come back, and how the answer is known to be right. */
import type { Facts } from './seed.ts';

/** Which request of the load it is. */
export interface Turn {
  /** Never the same twice on one server. */
  readonly number: number;
  /** The line of the load, one request at a time each, and how many requests it made before. */
  readonly line: number;
  readonly step: number;
  /** The last answer on this line; undefined for the first, and where the scenario does not follow answers. */
  readonly last: string | undefined;
}

export interface Asked {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  /** Below the SCIM base URL. */
  readonly path: string;
  readonly body?: string;
}

/** A JSON body, looked into without ceremony. */
export type Json = { readonly [key: string]: Json } & readonly Json[] & (string | number | boolean);

export interface Scenario {
  readonly name: string;
  /** Ours first; a peer may answer another that is as right. */
  readonly statuses: readonly number[];
  readonly ask: (facts: Facts, turn: Turn) => Asked;
  /** Whether the answer is right; of writes without a body, whether `reread` then is. */
  readonly holds: (answer: Json, facts: Facts, turn: Turn) => boolean;
  readonly reread?: (facts: Facts, turn: Turn) => Asked;
  /** The next request is made of the last answer. */
  readonly follows?: true;
}

/** Somebody, all over the directory: consecutive numbers are far apart. */
export const pick = ({ people }: Facts, { number }: Turn): number => (number * 7_919) % people;
