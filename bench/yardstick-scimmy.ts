/**
 * A peer: scimmy-routers as its README shows it, with people and groups in memory. Handlers look up by id at once, and let
 * the library's own filter look through everybody, as its documentation does.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import express from 'express';
import SCIMMY from 'scimmy';
import SCIMMYRouters from 'scimmy-routers';
import { DEPARTMENT, keyOf, largest, person, SMALL } from './people.ts';
import type { Facts } from './seed.ts';

// biome-ignore lint/suspicious/noExplicitAny: whatever clients send; the library's types fit no plain values
type Row = any;

const [factsFile = ''] = process.argv.slice(2);
const {
  people: count,
  userIds,
  spareIds,
  smallGroup,
  largeGroup,
} = JSON.parse(readFileSync(factsFile, 'utf8')) as Facts;

const members = (from: number, to: number): readonly Row[] =>
  userIds.slice(from, to).map((value) => ({ value, type: 'User' }));

const users = new Map<string, Row>(
  [...userIds, ...spareIds].map((id, index) => [id, { id, ...person(keyOf(index), index) }]),
);
const groups = new Map<string, Row>([
  [smallGroup, { id: smallGroup, displayName: 'Small 0', members: members(0, SMALL) }],
  [largeGroup, { id: largeGroup, displayName: 'Large 0', members: members(0, largest(count)) }],
]);
for (let from = 0; from < count; from += DEPARTMENT) {
  const id = randomUUID();
  groups.set(id, {
    id,
    displayName: `Department ${from / DEPARTMENT}`,
    members: members(from, from + DEPARTMENT),
  });
}

const find = (kept: ReadonlyMap<string, Row>) => (resource: Row) => {
  if (resource.id === undefined) return resource.filter?.match([...kept.values()]) ?? [...kept.values()];
  const found = kept.get(resource.id);
  if (found) return found;
  throw new SCIMMY.Types.Error(404, '', `Resource ${resource.id} not found`);
};

const store = (kept: Map<string, Row>) => (resource: Row, instance: Row) => {
  const id = resource.id ?? randomUUID();
  const row = { ...JSON.parse(JSON.stringify(instance)), id };
  kept.set(id, row);
  return row;
};

const userType: Row = SCIMMY.Resources.declare(SCIMMY.Resources.User);
userType.extend(SCIMMY.Schemas.EnterpriseUser, false).ingress(store(users)).egress(find(users));
const groupType: Row = SCIMMY.Resources.declare(SCIMMY.Resources.Group);
groupType.ingress(store(groups)).egress(find(groups));

const app = express();
app.use(
  '/scim/v2',
  new SCIMMYRouters({
    type: 'bearer',
    handler: (request) => {
      if (!request.header('Authorization')?.startsWith('Bearer '))
        throw new Error('Authorization not detected!');
      return 'provider';
    },
  }),
);

process.on('SIGTERM', () => process.exit());
process.on('disconnect', () => process.exit());
const server = app.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
