/** Reads the body of an answer up to a limit, so that a server that sends without end exhausts nothing here. */

/** A page of a hundred people is some 200 kB; this is far above whatever a SCIM server answers to us. */
const LARGEST_ANSWER = 10 * 1024 * 1024;

export class TooLarge extends Error {
  override readonly name = 'TooLarge';

  constructor() {
    super(`the answer is larger than ${LARGEST_ANSWER / 1024 / 1024} MB; the rest was not read`);
  }
}

/** The text of an answer. Throws TooLarge, and whatever breaks the connection. */
export const readBody = async (response: Response): Promise<string> => {
  if (response.body === null) return '';
  const reader = response.body.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    const chunk = part.value as Uint8Array;
    size += chunk.byteLength;
    if (size > LARGEST_ANSWER) {
      await reader.cancel().catch(() => undefined);
      throw new TooLarge();
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
};
