/** What all calls to Mode's SCIM endpoint share: the client, what the endpoint was seen to do, and what it turned out to offer. */
import type { Ability, CallOptions } from '../../directory/upstream.ts';
import { AppError } from '../../errors.ts';
import type { ModeHttp } from '../http.ts';
import { unlessOfKind } from '../kinds.ts';
import { SCIM } from '../surface.ts';
import { readAs } from '../types.ts';
import type { Discovery } from './discovery.ts';
import { ListSchema } from './types.ts';

export interface ScimContext {
  readonly http: ModeHttp;
  readonly discovery: Discovery;
  /** Records that Mode offers it, or does not. */
  readonly learn: (ability: Ability, isPossible: boolean) => void;
}

/** Makes sure that it is a SCIM endpoint that answers, and takes the credential (1 call). */
export const checkEndpoint = async ({ http }: ScimContext, options: CallOptions): Promise<void> => {
  const json = await unlessOfKind(http.request(SCIM.check, options), ['notFound'], (error) => {
    throw new AppError(
      'forbidden',
      'mode.scim.not-there',
      "There is no SCIM endpoint at the address that the connection has for Mode's: it answers 404 for its users. " +
        'Correct it: mode-scim-bridge connection renew --mode-scim-url.',
      { cause: error },
    );
  });
  readAs(ListSchema, json, { asked: SCIM.check });
};
