/** Bounds and pieces of text that indexes need: PostgreSQL refuses index rows above some 2,700 bytes. */
import { fold } from '../directory/fold.ts';
import { AppError } from '../errors.ts';

/** Longest folded name, in bytes of UTF-8, that a unique index takes beside the id of the connection. */
const LONGEST_KEY = 2_048;

/** How many characters of a long text are indexed; the migrations say the same number. */
const PREFIX_LENGTH = 128;

/** Characters as both engines count them. */
export const lengthOf = (text: string): number => [...text].length;

/** The part of a text that the index holds. */
export const prefixOf = (text: string): string =>
  [...text.slice(0, PREFIX_LENGTH * 2)].slice(0, PREFIX_LENGTH).join('');

/** The folded name that must be unique. Throws `invalid` when it is longer than an index can hold. */
export const uniqueKey = (attribute: string, name: string): string => {
  const key = fold(name);
  if (Buffer.byteLength(key) <= LONGEST_KEY) return key;
  throw new AppError(
    'invalid',
    'store.text.tooLong',
    `${attribute} is too long: at most ${LONGEST_KEY} bytes of UTF-8.`,
  );
};
