/** Says whom Mode refused: to the provider by name, in the log by id alone. */
import { AppError } from '../../errors.ts';
import type { Deps } from '../deps.ts';
import type { GroupRefused, RefusedPlace } from './group-refused.ts';
import { type GroupWish, wishesOf } from './group-wish.ts';

/** More are not named. */
const NAMED = 5;

const andMore = (count: number): string => (count > NAMED ? ` and ${count - NAMED} more` : '');

/** Who is deleted already has no name to be known by. */
const namesOf = async (
  { store }: Pick<Deps, 'store'>,
  connectionId: string,
  places: readonly RefusedPlace[],
): Promise<string> => {
  const ids = places.slice(0, NAMED).map(({ userId }) => userId);
  const people = await store.users.findMany(connectionId, ids);
  const nameOf = new Map(people.map(({ id, userName }) => [id, `${JSON.stringify(userName)} (id ${id})`]));
  return ids.map((id) => nameOf.get(id) ?? `id ${id}`).join(', ') + andMore(places.length);
};

/** The refusal for who wishes what was refused: what Mode said of the name, or of the first of the people, and who they are. */
export const toldTo = async (
  deps: Pick<Deps, 'store'>,
  connectionId: string,
  wish: GroupWish,
  refused: GroupRefused,
): Promise<AppError> => {
  if (refused.displayName !== null && wish.name() === refused.displayName) return refused;
  const places = refused.places.filter(wishesOf(wish));
  const [first] = places;
  if (!first) return refused;
  const { kind, code, message } = first.error;
  const said = message.endsWith('.') ? message : `${message}.`;
  // A 404 of Mode must never look to the provider as if its own group were gone.
  const told = kind === 'notFound' ? 'invalid' : kind;
  const names = await namesOf(deps, connectionId, places);
  return new AppError(told, code, `${said} It concerns ${names}.`, { cause: refused });
};

/** Says it to the operator, whoever asked. */
export const logRefused = (
  { log }: Pick<Deps, 'log'>,
  group: { readonly connectionId: string; readonly id: string },
  { places, cause }: GroupRefused,
): void => {
  const userIds = places.slice(0, NAMED).map(({ userId }) => userId);
  const { connectionId, id: groupId } = group;
  if (places.length > 0)
    log.warn('settle.people-refused', { connectionId, groupId, userIds, count: places.length, error: cause });
};
