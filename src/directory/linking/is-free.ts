/** Whether somebody whom Mode knows already may be taken for a person of the record. */
import type { Deps } from '../deps.ts';
import type { ModeMember, UserRecord } from '../model.ts';
import type { AttributeRef, Filter } from '../query.ts';
import { findAttribute, refOf, userSchema } from '../schema.ts';

const attribute = (path: string): AttributeRef => {
  const found = findAttribute(userSchema, path);
  if (!found) throw new Error(`There is no attribute ${path}.`);
  return refOf(found);
};

const PLACES = ['userName', 'emails.value'].map(attribute);

/** Bears one of these names, as userName or address. */
const bears = (names: readonly string[]): Filter => ({
  op: 'or',
  of: names.flatMap((value) => PLACES.map((place): Filter => ({ op: 'eq', attribute: place, value }))),
});

/**
 * Makes the question for one person: false for whom another person here is linked to, or shares a name or an address with.
 * Between two nothing is guessed, because what is written then would be written of the wrong one.
 */
export const isFreeFor =
  ({ store }: Pick<Deps, 'store'>, { connectionId, id }: UserRecord) =>
  async ({ memberToken, username, email }: ModeMember): Promise<boolean> => {
    const filter = bears(email === null ? [username] : [username, email]);
    const query = { filter, sort: null, after: null, offset: 0, limit: 2, counted: false };
    const others = [
      await store.users.findByMemberToken(connectionId, memberToken),
      await store.users.findByProvisionedId(connectionId, memberToken),
      ...(await store.users.list(connectionId, query)).rows,
    ];
    return others.every((other) => other === undefined || other.id === id);
  };
