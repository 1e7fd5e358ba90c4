/**
 * What one instance acknowledged, every other shows at once. The short version: `npm run pairs` makes 10,000 of them.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { runCommand } from '../support/command.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { runPairs } from './support/pairs.ts';
import { startWorld, type World } from './support/world.ts';

let postgres: TestPostgres;
let world: World;
beforeAll(async () => {
  postgres = await startPostgres();
  world = await startWorld(await postgres.createDatabase(), 2);
}, 60_000);
afterAll(async () => {
  await world.stop();
  await postgres.stop();
});

test('200 random writes, each looked for at the other instance', async () => {
  const report = await runPairs(world, { pairs: 200, seed: 1, walks: 2 });
  expect(report.problems).toEqual([]);
  expect(report.checked).toBeGreaterThan(600);
});

test('a token that the command revokes is refused by every instance', async () => {
  const { sides, connectionId } = await world.connect('revoking');
  const asked = () => Promise.all(sides.map((side) => side.ask('GET', '/Users')));
  expect((await asked()).map(({ status }) => status)).toEqual([200, 200]);
  const [token] = await world.bridge.deps.store.tokens.list(connectionId);
  const { code, err } = await runCommand(['token', 'revoke', token?.id ?? ''], world.bridge.environment);
  expect([code, err]).toEqual([0, '']);
  expect((await asked()).map(({ status }) => status)).toEqual([401, 401]);
});
