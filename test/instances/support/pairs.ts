/** Walks of random pairs, side by side: a write through one instance, and the other asked at once (issue 5, proof 4). */
import { createRandom } from '../../../src/emulator/random.ts';
import { groupPairs } from './group-pairs.ts';
import { listPairs } from './list-pairs.ts';
import { peoplePairs } from './people-pairs.ts';
import { tokenPairs } from './token-pairs.ts';
import { createWalk, type Pair } from './walk.ts';
import type { World } from './world.ts';

export interface PairsOptions {
  readonly pairs: number;
  readonly seed: number;
  /** At the same time, each with a connection of its own. */
  readonly walks: number;
  readonly onProgress?: (pairs: number) => void;
}

export interface PairsReport {
  readonly pairs: number;
  readonly checked: number;
  readonly problems: readonly string[];
}

/** After so many the rest is no news. */
const MOST_PROBLEMS = 20;

const drawn = (kinds: readonly (readonly [number, Pair])[], share: number): Pair => {
  let left = share * kinds.reduce((sum, [weight]) => sum + weight, 0);
  const found = kinds.find(([weight]) => {
    left -= weight;
    return left < 0;
  });
  if (!found) throw new Error('There is nothing to draw from.');
  return found[1];
};

/** Runs them. */
export const runPairs = async (world: World, options: PairsOptions): Promise<PairsReport> => {
  const problems: string[] = [];
  let [done, checked] = [0, 0];
  const goOn = (): boolean => done < options.pairs && problems.length < MOST_PROBLEMS;
  const one = async (index: number): Promise<void> => {
    const random = createRandom(options.seed * 1_000 + index);
    const walk = createWalk(`walk${index}`, random, (problem) => problems.push(`pair ${done}, ${problem}`));
    const { sides, connectionId } = await world.connect(walk.name);
    const kinds = [...peoplePairs, ...groupPairs, ...listPairs, ...tokenPairs(world, connectionId)];
    while (goOn()) {
      done += 1;
      options.onProgress?.(done);
      const write = random.pick(sides);
      const read = random.pick(sides.filter((side) => side !== write));
      await drawn(kinds, random.next())(walk, write, read);
    }
    checked += walk.checked;
  };
  await Promise.all(Array.from({ length: options.walks }, (_, index) => one(index)));
  return { pairs: done, checked, problems };
};
