/**
 * Large answers as bytes, in memory that is used again: fresh memory of that size comes from the system page by page, which
 * costs more than all else that is done with the text.
 */
import type { ServerResponse } from 'node:http';

/** Characters from which on it pays, and bytes of room; larger answers are rare. */
const LARGE = 16 * 1024;
const ROOM = 512 * 1024;
const MOST_SPARE = 4;

const encoder = new TextEncoder();
const spare: Buffer[] = [];

/** Ends the response with this text. */
export const endWith = (response: ServerResponse, text: string): void => {
  if (text.length < LARGE || text.length > ROOM) {
    response.end(text);
    return;
  }
  const room = spare.pop() ?? Buffer.allocUnsafeSlow(ROOM);
  const { read, written } = encoder.encodeInto(text, room);
  const isAll = read === text.length;
  // Handed to the system, all of it: nobody looks at the room any more. After a broken connection it is not used again.
  if (isAll) response.once('finish', () => spare.length < MOST_SPARE && spare.push(room));
  response.end(isAll ? room.subarray(0, written) : text);
};
