/**
 * What all REST calls share: the client, the workspace, and what the credential turned out to be able to do. Mode says
 * nowhere what a token may (mode-api.md §14), so abilities are learnt from its answers.
 */
import type { Ability, CallOptions, Verification } from '../directory/upstream.ts';
import { AppError } from '../errors.ts';
import type { ModeHttp } from './http.ts';
import { REST } from './surface.ts';
import { readAs, VerifySchema } from './types.ts';

export interface RestContext {
  readonly http: ModeHttp;
  /** Slug, the first part of every address (mode-api.md, "Vocabulary"). */
  readonly workspace: string;
  /** Under which the calls of this connection go, and by which Mode's log knows them again. */
  readonly userAgent: string;
  /** Records that Mode lets the credential do it, or does not. */
  readonly learn: (ability: Ability, isPossible: boolean) => void;
}

type RestVerification = Verification & { readonly workspace: string };

/** Asks Mode what the credential is (`GET /api/verify`, mode-api.md §1). */
export const verifyCredential = async (http: ModeHttp, options: CallOptions): Promise<RestVerification> => {
  const answer = readAs(VerifySchema, await http.request(REST.check, options), { asked: REST.check });
  return { workspace: answer.workspace, scope: answer.api_key_scope };
};

/**
 * Makes sure that a 404 means "gone". Mode answers 404 too where the workspace is another one (renamed, another key)
 * and where a member key may not look; taken for "gone", somebody would keep access that we call ended.
 */
export const checkReallyGone = async (
  context: RestContext,
  options: CallOptions,
): Promise<RestVerification> => {
  const verification = await verifyCredential(context.http, options);
  if (verification.workspace.toLowerCase() === context.workspace.toLowerCase()) return verification;
  throw new AppError(
    'forbidden',
    'mode.rest.other-workspace',
    `The API token belongs to the Mode workspace "${verification.workspace}", the connection to ` +
      `"${context.workspace}"; correct one of the two.`,
  );
};
