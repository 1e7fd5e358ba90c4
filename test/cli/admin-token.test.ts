/** The admin token of the environment, which each instance makes valid when it starts. */
import { describe, expect, test } from '@jest/globals';
import { issueAdminToken } from '../../src/cli/admin-token.ts';
import { issueToken } from '../../src/security/tokens.ts';
import { engines } from '../support/engines.ts';

const GIVEN = 'an-admin-token-of-the-environment';

describe.each(engines)('ADMIN_TOKEN, on $engine', ({ bridges }) => {
  const start = bridges();

  test('is there once, though instances begin at the same time, and is refused to who issues it again', async () => {
    const bridge = await start({ sync: false });
    const { deps } = await bridge.beside();
    await Promise.all([bridge.deps, deps, bridge.deps, deps].map((one) => issueAdminToken(one, GIVEN)));
    const admins = (await deps.store.tokens.list()).filter(({ kind }) => kind === 'admin');
    expect(admins).toHaveLength(1);
    const wish = {
      kind: 'admin',
      connectionId: null,
      label: 'again',
      expiresAt: null,
      given: GIVEN,
    } as const;
    await expect(issueToken(deps, wish)).rejects.toMatchObject({
      kind: 'conflict',
      code: 'store.tokens.taken',
    });
  });
});
