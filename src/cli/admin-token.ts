/** The admin token that the environment or a flag gives: stored like any other, once. */
import type { Deps } from '../directory/deps.ts';
import { AppError } from '../errors.ts';
import { hashToken, issueToken } from '../security/tokens.ts';

/** Makes a given token valid if it is not yet. Throws `invalid` when it is too short. */
export const issueAdminToken = async (deps: Deps, given: string | undefined): Promise<void> => {
  if (given === undefined || (await deps.store.tokens.findByHash(hashToken(given)))) return;
  const wish = {
    kind: 'admin',
    connectionId: null,
    label: 'given at start',
    expiresAt: null,
    given,
  } as const;
  try {
    await issueToken(deps, wish);
  } catch (error) {
    // Another instance, which began at the same time, was faster.
    if (!(error instanceof AppError && error.code === 'store.tokens.taken')) throw error;
  }
};
