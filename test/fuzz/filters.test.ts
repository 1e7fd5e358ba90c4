/** Filters at random (RFC 7644 §3.4.2.2): text and tree mean the same, SQL and memory agree, nothing breaks the readers. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { migrateStore, type OpenStore, openStore } from '../../src/store/index.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { expectNoProblems } from './support/checking.ts';
import { anyFilter } from './support/filter-plans.ts';
import {
  agreementProblems,
  anyDamaged,
  anyQuestions,
  damagedProblems,
  foldProblems,
  rereadProblems,
} from './support/filter-properties.ts';
import { anyText } from './support/texts.ts';

const open = async (url: string): Promise<OpenStore> => {
  await migrateStore(url);
  return openStore({ url });
};

describe('the text of a filter', () => {
  test('means the tree that it was written from, in every spelling', async () => {
    const drawn = fc.tuple(anyFilter, fc.nat());
    const bounds = { runs: 2_000, milliseconds: 2_000 };
    expect(
      await expectNoProblems(drawn, ([plan, seed]) => rereadProblems(plan, seed), bounds),
    ).toBeGreaterThan(99);
  });

  test('is refused in words and at once when it is damaged, never more', async () => {
    const bounds = { runs: 3_000, milliseconds: 3_000 };
    expect(await expectNoProblems(anyDamaged, damagedProblems, bounds)).toBeGreaterThan(99);
  });

  test('folds to what folds to itself', async () => {
    const texts = fc.oneof(anyText, fc.string({ unit: 'binary', maxLength: 6 }));
    expect(await expectNoProblems(texts, foldProblems, { runs: 5_000, milliseconds: 2_000 })).toBeGreaterThan(
      99,
    );
  });
});

describe('SQLite', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fuzz-'));
  let store: OpenStore;
  beforeAll(async () => {
    store = await open(`sqlite:${join(folder, 'fuzz.db')}`);
  });
  afterAll(async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('finds the people that the filter fits in memory', async () => {
    const bounds = { runs: 250, milliseconds: 4_000 };
    const runs = await expectNoProblems(anyQuestions, (asked) => agreementProblems(store, asked), bounds);
    expect(runs).toBeGreaterThan(9);
  });
});

describe('PostgreSQL', () => {
  let server: TestPostgres;
  let store: OpenStore;
  beforeAll(async () => {
    server = await startPostgres();
    store = await open(await server.createDatabase());
  }, 120_000);
  afterAll(async () => {
    await store.close();
    await server.stop();
  });

  test('finds the people that the filter fits in memory', async () => {
    const bounds = { runs: 120, milliseconds: 4_000 };
    const runs = await expectNoProblems(anyQuestions, (asked) => agreementProblems(store, asked), bounds);
    expect(runs).toBeGreaterThan(9);
  });
});
