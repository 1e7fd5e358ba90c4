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

/** Writes the pieces into the room, one behind the other; false where they do not fit. */
const fill = (room: Buffer, pieces: readonly string[]): number | false => {
  let end = 0;
  for (const piece of pieces) {
    const { read, written } = encoder.encodeInto(piece, room.subarray(end));
    if (read < piece.length) return false;
    end += written;
  }
  return end;
};

/**
 * Says how long the body is, which Node itself no longer can where something is between that makes answers smaller: the
 * answer would come in chunks. Of HEAD nothing is said: what GET would give may be a smaller form.
 */
const announce = (response: ServerResponse, bytes: number): void => {
  if (response.req.method !== 'HEAD') response.setHeader('Content-Length', bytes);
};

/** Ends the response with these pieces of text. */
export const endWith = (response: ServerResponse, pieces: readonly string[]): void => {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const room = length < LARGE || length > ROOM ? undefined : (spare.pop() ?? Buffer.allocUnsafeSlow(ROOM));
  const end = room ? fill(room, pieces) : false;
  if (!room || end === false) {
    const text = pieces.join('');
    announce(response, Buffer.byteLength(text));
    response.end(text);
    return;
  }
  // Handed to the system, all of it: nobody looks at the room any more. After a broken connection it is not used again.
  response.once('finish', () => spare.length < MOST_SPARE && spare.push(room));
  announce(response, end);
  response.end(room.subarray(0, end));
};
