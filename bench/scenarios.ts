/** What is measured, as a table: what is asked, what must come back, and how the answer is known to be right. */
import { keyOf } from './people.ts';
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
  readonly status: number;
  readonly ask: (facts: Facts, turn: Turn) => Asked;
  /** Whether the answer is right; of writes without a body, whether `reread` then is. */
  readonly holds: (answer: Json, facts: Facts, turn: Turn) => boolean;
  readonly reread?: (facts: Facts, turn: Turn) => Asked;
  /** The next request is made of the last answer. */
  readonly follows?: true;
}

const PAGE = 100;

/** Somebody, all over the directory: consecutive numbers are far apart. */
const pick = ({ people }: Facts, { number }: Turn): number => (number * 7_919) % people;
const get = (path: string): Asked => ({ method: 'GET', path });

const search = (
  attribute: string,
  value: (index: number) => string,
): Pick<Scenario, 'ask' | 'holds' | 'status'> => ({
  status: 200,
  ask: (facts, turn) => get(`/Users?filter=${attribute}%20eq%20%22${value(pick(facts, turn))}%22`),
  holds: ({ totalResults, Resources }, facts, turn) =>
    totalResults === 1 && Resources?.[0]?.['id'] === facts.userIds[pick(facts, turn)],
});

const pageStart = (facts: Facts, turn: Turn): number =>
  1 + PAGE * (turn.number % Math.floor(facts.people / PAGE));

const NEXT = /"nextCursor":"([^"]*)"/;

/** Every scenario, in the order of measuring: what changes the number of people comes last. */
export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'read by id',
    status: 200,
    ask: (facts, turn) => get(`/Users/${facts.userIds[pick(facts, turn)]}`),
    holds: ({ userName }, facts, turn) => userName === `${keyOf(pick(facts, turn))}@example.com`,
  },
  { name: 'userName eq', ...search('userName', (index) => `${keyOf(index)}@example.com`) },
  { name: 'externalId eq', ...search('externalId', (index) => `ext-${keyOf(index)}`) },
  {
    name: 'page of 100 by index',
    status: 200,
    ask: (facts, turn) => get(`/Users?startIndex=${pageStart(facts, turn)}&count=${PAGE}`),
    holds: ({ Resources, startIndex }, facts, turn) =>
      Resources?.length === PAGE &&
      startIndex === pageStart(facts, turn) &&
      Resources[0]?.['id'] === facts.userIds[pageStart(facts, turn) - 1],
  },
  {
    name: 'page of 100 by cursor',
    status: 200,
    follows: true,
    ask: (_facts, { last }) => {
      const cursor = last === undefined ? undefined : NEXT.exec(last)?.[1];
      return get(
        `/Users?cursor${cursor === undefined ? '' : `=${encodeURIComponent(cursor)}`}&count=${PAGE}`,
      );
    },
    holds: ({ Resources, nextCursor }) => Resources?.length === PAGE && typeof nextCursor === 'string',
  },
  {
    name: 'group without members',
    status: 200,
    ask: ({ largeGroup }) => get(`/Groups/${largeGroup}?excludedAttributes=members`),
    holds: ({ displayName, members }) => displayName === 'Large 0' && members === undefined,
  },
];
