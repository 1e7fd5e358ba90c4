/** The scenarios that change something; those that change the number of people come last. */
import { keyOf, person, USER } from './people.ts';
import { type Asked, pick, type Scenario, type Turn } from './scenario.ts';
import type { Facts } from './seed.ts';

const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const BULK = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest';
const IN_BULK = 100;

const sent = (method: Asked['method'], path: string, body: object): Asked => ({
  method,
  path,
  body: JSON.stringify(body),
});

const patch = (path: string, operation: object): Asked =>
  sent('PATCH', path, { schemas: [PATCH], Operations: [operation] });

const newPerson = (key: string, index: number) => ({ schemas: [USER], ...person(key, index) });

/** Each line of the load adds a person of its own, then takes her out. */
const isAdding = ({ step }: Turn): boolean => step % 2 === 0;
const spareOf = ({ spareIds }: Facts, { line }: Turn): string => spareIds[line] ?? '';

const oneMember = (name: string, groupOf: (facts: Facts, turn: Turn) => string): Scenario => ({
  name,
  // 200 with the group is as right (RFC 7644 §3.5.2).
  statuses: [204, 200],
  ask: (facts, turn) =>
    patch(`/Groups/${groupOf(facts, turn)}`, {
      op: isAdding(turn) ? 'add' : 'remove',
      path: 'members',
      value: [{ value: spareOf(facts, turn) }],
    }),
  reread: (facts, turn) => ({ method: 'GET', path: `/Groups/${groupOf(facts, turn)}` }),
  holds: ({ members }, facts, turn) =>
    (members ?? []).some(({ value }) => value === (spareOf(facts, turn) as unknown)) === isAdding(turn),
});

const titleOf = (turn: Turn): string => `Title ${turn.number}`;

/** In the order of measuring. */
export const WRITES: readonly Scenario[] = [
  {
    name: 'replace',
    statuses: [200],
    ask: (facts, turn) => {
      const index = pick(facts, turn);
      const wanted = { ...newPerson(keyOf(index), index), title: titleOf(turn) };
      return sent('PUT', `/Users/${facts.userIds[index]}`, wanted);
    },
    holds: ({ id, title }, facts, turn) => title === titleOf(turn) && id === facts.userIds[pick(facts, turn)],
  },
  {
    name: 'patch one attribute',
    statuses: [200],
    ask: (facts, turn) =>
      patch(`/Users/${facts.userIds[pick(facts, turn)]}`, {
        op: 'replace',
        path: 'title',
        value: titleOf(turn),
      }),
    holds: ({ id, title }, facts, turn) => title === titleOf(turn) && id === facts.userIds[pick(facts, turn)],
  },
  oneMember('one member, group of 10', ({ smallGroup }) => smallGroup),
  oneMember('one member, large group', ({ largeGroup }) => largeGroup),
  // As providers do it, who change one group in one request after the other.
  oneMember(
    'one member, each its group',
    ({ departments }, { line }) => departments[line % departments.length] ?? '',
  ),
  {
    name: 'create',
    statuses: [201],
    ask: (_facts, turn) => sent('POST', '/Users', newPerson(`new-${turn.number}`, turn.number)),
    holds: ({ userName, id }, _facts, turn) =>
      userName === `new-${turn.number}@example.com` && typeof id === 'string',
  },
  {
    name: 'bulk of 100 creates',
    statuses: [200],
    ask: (_facts, turn) =>
      sent('POST', '/Bulk', {
        schemas: [BULK],
        Operations: Array.from({ length: IN_BULK }, (_unused, index) => ({
          method: 'POST',
          path: '/Users',
          bulkId: `b${index}`,
          data: newPerson(`bulk-${turn.number}-${index}`, index),
        })),
      }),
    holds: ({ Operations }) =>
      Operations?.length === IN_BULK && Operations.every(({ status }) => String(status) === '201'),
  },
];
