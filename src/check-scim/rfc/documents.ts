/** Discovery documents that were read at the start. */
import { hasStatus } from '../expect.ts';
import type { Answer } from '../wire.ts';

/** The document, which must have been given. */
export const given = (answer: Answer | undefined): Answer => {
  if (answer === undefined) throw new Error('no answer');
  hasStatus(answer, 200);
  return answer;
};
