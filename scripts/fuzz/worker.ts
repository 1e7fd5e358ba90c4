/**
 * One process of the long fuzzing run: takes turns between the kinds of input, starts anew with a fresh bridge now and then,
 * and tells its parent what it has done and found. A finding is told once; then the search goes on without it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { migrateStore, type OpenStore, openStore } from '../../src/store/index.ts';
import { check, type Outcome } from '../../test/fuzz/support/checking.ts';
import { type Figures, noFigures } from '../../test/fuzz/support/door.ts';
import { anyFilter } from '../../test/fuzz/support/filter-plans.ts';
import {
  agreementProblems,
  anyDamaged,
  anyQuestions,
  damagedProblems,
  rereadProblems,
} from '../../test/fuzz/support/filter-properties.ts';
import type { Problem } from '../../test/fuzz/support/problem.ts';
import { anyVolley } from '../../test/fuzz/support/shots.ts';
import { volleyProblems, witnessTexts } from '../../test/fuzz/support/volley.ts';
import { createWorld } from '../../test/fuzz/support/world.ts';

export interface Order {
  readonly seed: number;
  /** How many inputs to try. */
  readonly runs: number;
  readonly milliseconds: number;
}

export interface Finding {
  readonly what: string;
  readonly report: string;
}

/** What was done since the last report. */
export interface Report {
  readonly inputs: number;
  readonly requests: number;
  readonly statuses: readonly (readonly [number, number])[];
  readonly slowest: Figures['slowest'];
  readonly findings: readonly Finding[];
}

interface Turn {
  readonly seed: number;
  readonly milliseconds: number;
  readonly figures: Figures;
  readonly known: Set<string>;
  readonly report: (inputs: number, findings?: readonly Finding[]) => void;
}

type Judge<T> = (input: T) => readonly Problem[] | Promise<readonly Problem[]>;

/** Runs one property; each finding becomes known, and the property goes on with another seed. */
const search = async <T>(turn: Turn, arbitrary: fc.Arbitrary<T>, judge: Judge<T>, runs: number) => {
  const fresh: Judge<T> = async (input) => (await judge(input)).filter(({ what }) => !turn.known.has(what));
  for (let done = 0, round = 0; done < runs; round += 1) {
    const bounds = { runs: runs - done, milliseconds: turn.milliseconds, seed: turn.seed + round };
    const outcome: Outcome = await check(arbitrary, fresh, bounds);
    done += Math.max(1, outcome.runs);
    const problems = outcome.failure?.problems ?? [];
    for (const { what } of problems) turn.known.add(what);
    const names = [...new Set(problems.map(({ what }) => what))].join('; ') || 'an exception';
    turn.report(0, outcome.failure ? [{ what: names, report: outcome.failure.report }] : []);
    if (!outcome.failure) return;
  }
};

const TEXTS = 3_000;
const DIRECTORIES = 60;
const VOLLEYS = 1_200;

const texts = async (turn: Turn): Promise<void> => {
  await search(turn, anyDamaged, damagedProblems, TEXTS);
  turn.report(TEXTS);
  const printed = fc.tuple(anyFilter, fc.nat());
  await search(turn, printed, ([plan, seed]) => rereadProblems(plan, seed), TEXTS);
  turn.report(TEXTS);
};

const agreement = async (turn: Turn): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), 'fuzz-'));
  const url = `sqlite:${join(folder, 'fuzz.db')}`;
  await migrateStore(url);
  const store: OpenStore = await openStore({ url });
  let asked = 0;
  const judge: Judge<Parameters<typeof agreementProblems>[1]> = (questions) => {
    asked += questions.filters.length;
    return agreementProblems(store, questions);
  };
  await search(turn, anyQuestions, judge, DIRECTORIES);
  turn.report(asked);
  await store.close();
  rmSync(folder, { recursive: true, force: true });
};

const witnessed = (before: readonly string[], after: readonly string[]): readonly Finding[] => {
  const changed = before.findIndex((text, index) => text !== after[index]);
  if (changed < 0) return [];
  const report = `was ${before[changed]}\n is ${after[changed]}`;
  return [{ what: 'what SCIM shows of a witness changed', report }];
};

const door = async (turn: Turn): Promise<void> => {
  const world = await createWorld();
  const before = await witnessTexts(world);
  await search(turn, anyVolley, (shots) => volleyProblems(world, shots, turn.figures), VOLLEYS);
  turn.report(0, witnessed(before, await witnessTexts(world)));
  await world.stop();
};

/** Mostly the front door: the others are a small part of what it runs through. */
const TURNS = [door, texts, door, agreement];

/** Works until the runs or the time are used up. */
export const work = async (order: Order, tell: (report: Report) => Promise<void>): Promise<void> => {
  const end = Date.now() + order.milliseconds;
  const known = new Set<string>();
  let told = Promise.resolve();
  let done = 0;
  for (let nth = 0; done < order.runs && Date.now() < end; nth += 1) {
    const figures = noFigures();
    let reported = 0;
    const report: Turn['report'] = (inputs, findings = []) => {
      const requests = figures.requests - reported;
      reported = figures.requests;
      done += inputs + requests;
      const statuses = [...figures.statuses];
      figures.statuses.clear();
      const figuresNow = { requests, statuses, slowest: figures.slowest };
      told = told.then(() => tell({ inputs: inputs + requests, ...figuresNow, findings }));
    };
    const ticking = setInterval(() => report(0), 2_000);
    const seed = order.seed + nth * 1_000;
    const milliseconds = Math.max(1, end - Date.now());
    await TURNS[nth % TURNS.length]?.({ seed, milliseconds, figures, known, report });
    clearInterval(ticking);
    report(0);
    await told;
  }
};
