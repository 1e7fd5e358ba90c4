/** Many small results, written few times: collected until there are enough, and held back while too many wait. */

export interface Batches<T> {
  /** Takes an item of that weight; resolves at once, or when so much has been written that there is room again. */
  add(item: T, weight: number): Promise<void>;
  /** Writes what is left. Throws what a write threw. */
  end(): Promise<void>;
}

interface BatchOptions<T> {
  /** Weight that is written at once. */
  readonly size: number;
  /** Weight that may wait to be written. */
  readonly most: number;
  readonly write: (items: readonly T[]) => Promise<void>;
}

/** Makes batches; one is written at a time. */
export const createBatches = <T>({ size, most, write }: BatchOptions<T>): Batches<T> => {
  let items: T[] = [];
  let weight = 0;
  let handedOver = 0;
  let isBroken = false;
  let writing: Promise<void> = Promise.resolve();

  const flush = (): void => {
    const [batch, load] = [items, weight];
    items = [];
    weight = 0;
    handedOver += load;
    writing = writing
      .then(() => write(batch))
      .then(() => {
        handedOver -= load;
      });
    // Whoever adds next, or ends, is told; until then nobody may be listening.
    writing.catch(() => {
      isBroken = true;
    });
  };
  return {
    add: async (item, load) => {
      items.push(item);
      weight += load;
      if (weight >= size) flush();
      if (isBroken || handedOver + weight > most) await writing;
    },
    end: async () => {
      flush();
      await writing;
    },
  };
};
