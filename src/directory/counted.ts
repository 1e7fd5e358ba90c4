/** Counts in words: `1 person`, `12,000 people`. */

/** With thousands apart. */
export const counted = (count: number): string => count.toLocaleString('en-US');

export const plural = (count: number, one: string, many: string): string =>
  `${counted(count)} ${count === 1 ? one : many}`;
