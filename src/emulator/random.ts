/**
 * A small deterministic source of numbers and tokens for the seed (mulberry32); never for secrets.
 */

export interface Random {
  /** A number from 0 up to, not including, 1. */
  readonly next: () => number;
  readonly below: (limit: number) => number;
  readonly pick: <T>(items: readonly T[]) => T;
  /** 12 lower-case hex characters, never the same twice (form CONFIRMED-C, DH). */
  readonly token: () => string;
}

/* Shifts and masks are what mulberry32 consists of. */
const mulberry32 = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
};

/** Makes a source that gives the same sequence for the same seed, everywhere; tokens `used` elsewhere are passed over. */
export const createRandom = (seed: number, used = new Set<string>()): Random => {
  const word = mulberry32(seed);
  const next = (): number => word() / 4_294_967_296;
  const below = (limit: number): number => Math.floor(next() * limit);
  const hex = (): string => (word() & 0xffffff).toString(16).padStart(6, '0');
  const token = (): string => {
    const made = hex() + hex();
    if (used.has(made)) return token();
    used.add(made);
    return made;
  };
  const pick = <T>(items: readonly T[]): T => {
    const item = items[below(items.length)];
    if (item === undefined) throw new Error('There is nothing to pick from.');
    return item;
  };
  return { next, below, pick, token };
};
