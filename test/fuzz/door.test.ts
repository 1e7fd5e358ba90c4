/** Requests at random at the front door: never a 500, an answer at once and in SCIM's words, and nobody but the target hit. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { expectNoProblems } from './support/checking.ts';
import { noFigures, shoot } from './support/door.ts';
import type { Shot } from './support/shot.ts';
import { anyVolley } from './support/shots.ts';
import { volleyProblems, witnessTexts } from './support/volley.ts';
import { createWorld, type World } from './support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.stop());

const BULK = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest';
const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const NO_TEXT = { toString: 1, valueOf: 2, hasOwnProperty: 3 };

const shot = (method: string, path: string, body?: unknown, more: Partial<Shot> = {}): Shot => ({
  ...{
    strict: false,
    method,
    path,
    headers: {},
    body: body === undefined ? undefined : JSON.stringify(body),
  },
  ...more,
});
const patch = (...Operations: readonly unknown[]) => ({ schemas: [PATCH], Operations });

describe('what fuzzing found once', () => {
  test.each<[string, Shot]>([
    ['no gzip', shot('POST', '/Users', { userName: 'a' }, { headers: { 'Content-Encoding': 'gzip' } })],
    ['no brotli', shot('POST', '/Users', { userName: 'a' }, { headers: { 'Content-Encoding': 'br' } })],
    [
      'schemas of Bulk that are no text',
      shot('POST', '/Bulk', { schemas: [BULK, NO_TEXT], Operations: [{}] }),
    ],
    [
      'schemas of a PATCH',
      shot('PATCH', '/Users/{{U1}}', { ...patch({ op: 'add' }), schemas: [PATCH, NO_TEXT] }),
    ],
    ['schemas of a person', shot('POST', '/Users', { schemas: [USER, NO_TEXT] }, { strict: true })],
    ['an id that is no text', shot('PATCH', '/Groups/{{G1}}', patch({ op: 'add', value: { id: NO_TEXT } }))],
    [
      'a manager by $ref alone',
      shot('POST', '/Users', { userName: 'm', [ENTERPRISE]: { manager: { $ref: 'a' } } }),
    ],
    ['a raw U+007F', shot('GET', '/Users?filter=title eq "\u007f"', undefined, { strict: true })],
  ])('%s', async (_title, given) => {
    expect(await shoot(world, given, noFigures())).toEqual([]);
  });
});

const UNITS = 50_000;

describe('bodies that are large for the sake of it', () => {
  test.each<[string, string]>([
    ['deep', '['.repeat(UNITS) + ']'.repeat(UNITS)],
    ['never closed', '['.repeat(2 * UNITS)],
    ['of lists', `[${'[],'.repeat(UNITS)}0]`],
    ['of numbers', `{"Operations":[${'0,'.repeat(UNITS)}0]}`],
    ['of one text', JSON.stringify({ schemas: [USER], userName: 'é'.repeat(3 * UNITS) })],
    ['of operations', JSON.stringify(patch(...Array(9_999).fill({ op: 'add', path: 'title', value: 'x' })))],
    [
      'of members',
      JSON.stringify(patch({ op: 'add', path: 'members', value: Array(9_999).fill({ value: 'x' }) })),
    ],
  ])('%s', async (_title, body) => {
    for (const [method, path] of [
      ['PATCH', '/Users/{{U1}}'],
      ['PATCH', '/Groups/{{G1}}'],
      ['POST', '/Users'],
      ['POST', '/Bulk'],
    ] as const)
      expect(await shoot(world, shot(method, path, undefined, { body }), noFigures())).toEqual([]);
  });
});

describe('the front door', () => {
  test('stands what is thrown at it', async () => {
    const before = await witnessTexts(world);
    expect(before.length).toBeGreaterThan(20);
    const figures = noFigures();
    const bounds = { runs: 600, milliseconds: 12_000 };
    await expectNoProblems(anyVolley, (shots) => volleyProblems(world, shots, figures), bounds);
    expect(await witnessTexts(world)).toEqual(before);
    expect(figures.requests).toBeGreaterThan(200);
    const carriedOut = [200, 201, 204].map((status) => figures.statuses.get(status) ?? 0);
    expect(Math.min(...carriedOut)).toBeGreaterThan(0);
  });

  // Last, because a witness is hit: what would see an accident must see an intention.
  test('is watched: a witness who changes here or in Mode is noticed', async () => {
    const hit = shot('PATCH', '/Users/{{W1}}', patch({ op: 'replace', path: 'active', value: false }));
    const found = await volleyProblems(world, [hit], noFigures());
    expect(found.map(({ what }) => what)).toEqual(
      expect.arrayContaining(['a witness changed (table 1)', 'a witness changed in Mode']),
    );
  });
});
