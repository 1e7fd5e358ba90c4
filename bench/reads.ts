/** The scenarios that change nothing. */
import { keyOf } from './people.ts';
import { type Asked, pick, type Scenario, type Turn } from './scenario.ts';
import type { Facts } from './seed.ts';

const PAGE = 100;

const get = (path: string): Asked => ({ method: 'GET', path });

const search = (
  attribute: string,
  value: (index: number) => string,
): Pick<Scenario, 'ask' | 'holds' | 'statuses'> => ({
  statuses: [200],
  ask: (facts, turn) => get(`/Users?filter=${attribute}%20eq%20%22${value(pick(facts, turn))}%22`),
  holds: ({ totalResults, Resources }, facts, turn) =>
    totalResults === 1 && Resources?.[0]?.['id'] === facts.userIds[pick(facts, turn)],
});

const pageStart = (facts: Facts, turn: Turn): number =>
  1 + PAGE * (turn.number % Math.floor(facts.people / PAGE));

const NEXT = /"nextCursor":"([^"]*)"/;

export const READS: readonly Scenario[] = [
  {
    name: 'read by id',
    statuses: [200],
    ask: (facts, turn) => get(`/Users/${facts.userIds[pick(facts, turn)]}`),
    holds: ({ userName }, facts, turn) => userName === `${keyOf(pick(facts, turn))}@example.com`,
  },
  { name: 'userName eq', ...search('userName', (index) => `${keyOf(index)}@example.com`) },
  { name: 'externalId eq', ...search('externalId', (index) => `ext-${keyOf(index)}`) },
  {
    name: 'page of 100 by index',
    statuses: [200],
    ask: (facts, turn) => get(`/Users?startIndex=${pageStart(facts, turn)}&count=${PAGE}`),
    holds: ({ Resources, startIndex }, facts, turn) =>
      Resources?.length === PAGE &&
      startIndex === pageStart(facts, turn) &&
      Resources[0]?.['id'] === facts.userIds[pageStart(facts, turn) - 1],
  },
  {
    name: 'page of 100 by cursor',
    statuses: [200],
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
    statuses: [200],
    ask: ({ largeGroup }) => get(`/Groups/${largeGroup}?excludedAttributes=members`),
    holds: ({ displayName, members }) => displayName === 'Large 0' && members === undefined,
  },
];
