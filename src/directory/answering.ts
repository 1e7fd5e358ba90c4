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
  answer(connectionId: string, id: string): Promise<boolean>;
}

const isConflict = (error: unknown): boolean => error instanceof AppError && error.kind === 'conflict';

/** Inserts the record. Gives the one that an earlier attempt at the very same made, where it is in the way. */
const insertOrFind = async <T extends Created>(
  creations: Creations<T>,
  record: T,
  insert: (record: T) => Promise<void>,
): Promise<T> => {
  try {
    await insert({ ...record, unanswered: true });
    return record;
  } catch (error) {
    const earlier = isConflict(error) ? await creations.findUnanswered(record) : undefined;
    if (!earlier || !isDeepStrictEqual(earlier.attributes, record.attributes)) throw error;
    return earlier;
  }
};

/**
 * Inserts a record, or finds the one that an earlier attempt at the very same made; then finishes it. Gives its id. Of
 * several who are at the same creation, in whichever process, one answers it; the others find it answered, and begin again
 * with a record of their own: it is a conflict then, unless the one is gone because Mode refused it. Throws what `insert` and
 * `finish` throw.
 */
export const answering =
  <T extends Created>(creations: Creations<T>, make: () => T, insert: (record: T) => Promise<void>) =>
  async (finish: (id: string) => Promise<void>): Promise<string> => {
    for (;;) {
      const { connectionId, id } = await insertOrFind(creations, make(), insert);
      await finish(id);
      if (await creations.answer(connectionId, id)) return id;
    }
  };
