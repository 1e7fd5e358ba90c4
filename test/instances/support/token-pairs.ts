/** Pairs about tokens: issued and revoked by whoever works on the database, good and refused at every instance at once. */
import { issueToken } from '../../../src/security/tokens.ts';
import { type Pair, same } from './walk.ts';
import { sideOf, type World } from './world.ts';

export const tokenPairs = (
  { bridge: { deps }, instances }: World,
  connectionId: string,
): readonly (readonly [number, Pair])[] => {
  const revoked: Pair = async (walk) => {
    const { token, record } = await issueToken(deps, {
      kind: 'scim',
      connectionId,
      label: 'pair',
      expiresAt: null,
    });
    const sides = instances.map((instance, index) => sideOf(instance, `instance ${index + 1}`, token));
    for (const side of sides) {
      const answer = await side.ask('GET', '/Users?count=0');
      same(walk, `issued token at ${side.name}`, [answer.body.totalResults, walk.people.size], answer);
    }
    await deps.store.tokens.revoke(record.id, deps.now().toISOString());
    for (const side of sides) {
      for (const path of ['/Users?count=0', '/Groups?count=0', '/Roles']) {
        const answer = await side.ask('GET', path);
        same(walk, `revoked token at ${side.name}`, [answer.status, 401], answer);
      }
    }
  };
  return [[2, revoked]];
};
