/**
 * Creates, and knows a retry. A provider whose creation was answered "not now", or never because this process died, asks
 * again; by then the record stands and would be a conflict with itself. So a record remembers until then that nobody was
 * told of it, and who asks for the same again gets it (product.md section 4: "answers the client's retry from what is done
 * by then"). And a creation that was made is answered as made, also when somebody else has deleted it by then.
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
  findAny(connectionId: string, id: string): Promise<T | undefined>;
  findUnanswered(record: T): Promise<T | undefined>;
  answer(connectionId: string, id: string): Promise<boolean>;
}

/** Whether what is asked for beside the attributes is what this record was made with. */
type IsAlike<T> = (earlier: T) => boolean | Promise<boolean>;

const isConflict = (error: unknown): boolean => error instanceof AppError && error.kind === 'conflict';

/** Inserts the record. Gives the one that an earlier attempt at the very same made, where it is in the way; else throws. */
const insertOrFind = async <T extends Created>(
  creations: Creations<T>,
  record: T,
  insert: (record: T) => Promise<void>,
  isAlike: IsAlike<T>,
): Promise<T> => {
  try {
    await insert({ ...record, unanswered: true });
    return record;
  } catch (error) {
    const earlier = isConflict(error) ? await creations.findUnanswered(record) : undefined;
    if (!earlier || !isDeepStrictEqual(earlier.attributes, record.attributes)) throw error;
    if (!(await isAlike(earlier))) throw error;
    return earlier;
  }
};

/** `finish` gives whether it was this very call that settled it with Mode. */
type Finish = (id: string) => Promise<boolean>;

/**
 * Inserts a record, or finds the one that an earlier attempt at the very same made; then finishes it. Gives it as it was
 * made: whoever deleted it meanwhile has undone a creation that did happen, and is told of that; who created is told of
 * this (RFC 7644 §3.3). Of several who are at the same creation, in whichever process, one answers it; the others find it
 * answered, and begin again with a record of their own: it is a conflict then, unless the one is gone because Mode refused
 * it. Throws what `insert` and `finish` throw.
 */
export const answering =
  <T extends Created>(
    creations: Creations<T>,
    make: () => T,
    insert: (record: T) => Promise<void>,
    isAlike: IsAlike<T> = () => true,
  ) =>
  async (finish: Finish): Promise<T> => {
    for (;;) {
      const made = await insertOrFind(creations, make(), insert, isAlike);
      const { connectionId, id } = made;
      const isOurs = await finish(id);
      if (await creations.answer(connectionId, id)) return made;
      // Mode took it, so it is no refusal that took the record away.
      if (isOurs && !(await creations.findAny(connectionId, id))) return made;
    }
  };
