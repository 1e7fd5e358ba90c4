/**
 * Creates, and knows a retry. A provider whose creation was answered "not now", or never because this process died, asks
 * again; by then the record stands and would be a conflict with itself. So a record remembers until then that nobody was
 * told of it, and who asks for the same again gets it (product.md section 4: "answers the client's retry from what is done
 * by then").
 */
import { isDeepStrictEqual } from 'node:util';
import { AppError } from '../errors.ts';
import type { Attributes } from './model.ts';

interface Created {
  readonly connectionId: string;
  readonly id: string;
  readonly attributes: Attributes;
}

interface Creations<T extends Created> {
  findUnanswered(record: T): Promise<T | undefined>;
  setUnanswered(connectionId: string, id: string, unanswered: boolean): Promise<void>;
}

/** Creations that somebody of this process waits for: asking for the same meanwhile is no retry but a conflict. */
const underWay = new Set<string>();

const isConflict = (error: unknown): boolean => error instanceof AppError && error.kind === 'conflict';

/** Inserts the record. Gives the one that an earlier attempt at the very same made, where it is in the way. */
const insertOrFind = async <T extends Created>(
  creations: Creations<T>,
  record: T,
  insert: (record: T) => Promise<void>,
): Promise<T | undefined> => {
  try {
    await insert({ ...record, unanswered: true });
    return undefined;
  } catch (error) {
    const earlier = isConflict(error) ? await creations.findUnanswered(record) : undefined;
    if (!earlier || underWay.has(earlier.id)) throw error;
    if (!isDeepStrictEqual(earlier.attributes, record.attributes)) throw error;
    return earlier;
  }
};

/**
 * Inserts the record, or finds the one that an earlier attempt at the very same made; then finishes it. Gives its id.
 * Throws what `insert` and `finish` throw.
 */
export const answering =
  <T extends Created>(creations: Creations<T>, record: T, insert: (record: T) => Promise<void>) =>
  async (finish: (id: string) => Promise<void>): Promise<string> => {
    // Before it can be found.
    underWay.add(record.id);
    try {
      const earlier = await insertOrFind(creations, record, insert);
      const { connectionId, id } = earlier ?? record;
      await finish(id);
      await creations.setUnanswered(connectionId, id, false);
      return id;
    } finally {
      underWay.delete(record.id);
    }
  };
