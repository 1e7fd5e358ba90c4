/** Chance from a seed: the same seed draws the same load, though not the same moments. */

export interface Random {
  /** From 0 to below 1. */
  next(): number;
  /** A whole number from 0 to below `n`. */
  below(n: number): number;
  /** From `least` to below `most`. */
  between(least: number, most: number): number;
  chance(probability: number): boolean;
  /** One of a list that is not empty. */
  pick<T>(list: readonly T[]): T;
  /** Some of a list, each once, in any order. */
  some<T>(list: readonly T[], most: number): readonly T[];
}

/** Mulberry32. */
const generator = (seed: number) => {
  let state = seed >>> 0;
  return (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
};

export const createRandom = (seed: number): Random => {
  const next = generator(seed);
  const below = (n: number): number => Math.floor(next() * n);
  const pick = <T>(list: readonly T[]): T => {
    const at = below(list.length);
    return list[at] as T;
  };
  const some = <T>(list: readonly T[], most: number): readonly T[] => {
    const left = [...list];
    const taken: T[] = [];
    while (left.length > 0 && taken.length < most) taken.push(...left.splice(below(left.length), 1));
    return taken;
  };
  return {
    next,
    below,
    between: (least, most) => least + next() * (most - least),
    chance: (probability) => next() < probability,
    pick,
    some,
  };
};
