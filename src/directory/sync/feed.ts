/** Hands on items as they come: who draws before there is one waits; several may draw at once. */

export interface Feed<T> extends AsyncIterable<T> {
  push(item: T): void;
  /** There will be no more. */
  end(): void;
}

/** Makes an empty feed. */
export const createFeed = <T>(): Feed<T> => {
  const waiting: T[] = [];
  let isOver = false;
  let wake = (): void => undefined;
  async function* draw(): AsyncGenerator<T, void> {
    for (;;) {
      const some = waiting.splice(0);
      yield* some;
      if (some.length > 0) continue;
      if (isOver) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }
  const drawn = draw();
  return {
    push: (item) => {
      waiting.push(item);
      wake();
    },
    end: () => {
      isOver = true;
      wake();
    },
    [Symbol.asyncIterator]: () => drawn,
  };
};
