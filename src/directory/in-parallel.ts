/** Work on many things with a bound on how many are under way. */

async function* draw<T>(items: Iterable<T> | AsyncIterable<T>): AsyncGenerator<T, void> {
  yield* items;
}

/**
 * Runs `work` on each item, at most `atOnce` at a time. The first error stops the start of further items and is thrown
 * once those under way have ended.
 */
export const inParallel = async <T>(
  items: Iterable<T> | AsyncIterable<T>,
  atOnce: number,
  work: (item: T) => Promise<void>,
): Promise<void> => {
  // All workers draw from one generator; a loop that ends by an error closes it for all (an array's iterator stays open).
  const queue = draw(items);
  const worker = async (): Promise<void> => {
    for await (const item of queue) await work(item);
  };
  const outcomes = await Promise.allSettled(Array.from({ length: atOnce }, worker));
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed) throw failed.reason;
};
