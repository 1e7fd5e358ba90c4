/**
 * scimmy and scimmy-routers, set up once for the process. Their registry, handlers, configuration and base path are
 * static: two emulators cannot have one each. So there is one router for all, and nothing in it knows an emulator:
 * - which emulator a request is for comes with the request (`place`), and reaches every handler as its context;
 * - the base path, which the router writes at every request, is always `SCIM_PATH`: writing it again changes nothing.
 *   `outgoing.ts` puts the host before it;
 * - what ServiceProviderConfig says per emulator is put right there too.
 * A copy of the modules per emulator was the other way: it needs surgery on the module cache, which jest forbids.
 */
import type { Request, Response } from 'express';
import SCIMMY from 'scimmy';
import SCIMMYRouters from 'scimmy-routers';
import { ModeError } from '../errors.ts';
import { createScimGroup, deleteScimGroup, listGroups, readGroup, replaceGroup } from './groups.ts';
import { type ListQuery, pageOf, type Row } from './list.ts';
import { createUser, deleteUser, listUsers, type Place, readUser, replaceUser } from './people.ts';
import { fromModeError, isScimRefusal, scimRefusal } from './refusal.ts';

/** One request: its emulator, and the query that is not left to scimmy. */
export interface Errand extends Place {
  readonly query: ListQuery;
}

const errands = new WeakMap<Request, Errand>();

/** Lets only refusals out: scimmy takes any other error of a handler for "not found" (scimmy.md §1). */
const guarded =
  <A extends unknown[], R>(work: (...given: A) => R) =>
  (...given: A): R => {
    try {
      return work(...given);
    } catch (error) {
      if (isScimRefusal(error)) throw error;
      if (error instanceof ModeError) throw fromModeError(error);
      (given.at(-1) as Errand).world.settings.log('emulator.scim.failed', { error: String(error) });
      throw scimRefusal(500, 'Internal server error');
    }
  };

type Shape<S> = (row: Row) => S;

const answerList = guarded(
  <S extends SCIMMY.Types.Schema>(list: (place: Place) => Row[], shape: Shape<S>, errand: Errand) => {
    const { rows, total, startIndex, nextCursor } = pageOf(list(errand), errand.query, errand.behaviour);
    const shown = rows.map(shape);
    const message = new SCIMMY.Messages.ListResponse(shown, {
      totalResults: total ?? 0,
      count: shown.length,
    });
    // Given to the constructor, it would cut the page a second time (scimmy.md §3).
    const { paging } = errand.behaviour;
    return Object.assign(message, {
      totalResults: total,
      startIndex: paging === 'cursor' ? undefined : startIndex,
      nextCursor,
    });
  },
);

class Users extends SCIMMY.Resources.User {
  override async read<T>(errand?: T) {
    if (this.id !== undefined) return super.read(errand);
    const shape = (row: Row) =>
      new SCIMMY.Schemas.User(row, 'out', SCIMMY.Resources.User.basepath() as string, this.attributes);
    return answerList(listUsers, shape, errand as Errand);
  }
}

class Groups extends SCIMMY.Resources.Group {
  override async read<T>(errand?: T) {
    if (this.id !== undefined) return super.read(errand);
    const shape = (row: Row) =>
      new SCIMMY.Schemas.Group(row, 'out', SCIMMY.Resources.Group.basepath() as string, this.attributes);
    return answerList(listGroups, shape, errand as Errand);
  }
}

SCIMMY.Resources.declare(Users, 'User');
SCIMMY.Resources.declare(Groups, 'Group');

/** Rows are what scimmy's handlers give back, less what it adds itself; its types cannot tell that of plain values. */
const handing =
  <S>() =>
  <A extends unknown[]>(work: (...given: A) => Row) =>
    guarded(work) as unknown as (...given: A) => Omit<S, SCIMMY.Types.Resource.ShadowAttributes>;
const handingUser = handing<SCIMMY.Schemas.User>();
const handingGroup = handing<SCIMMY.Schemas.Group>();

Users.egress(
  handingUser((resource: SCIMMY.Resources.User, errand: Errand) => readUser(errand, resource.id ?? '')),
);
Users.ingress(
  handingUser(({ id }: SCIMMY.Resources.User, instance: SCIMMY.Schemas.User, errand: Errand) =>
    id === undefined ? createUser(errand, instance) : replaceUser(errand, id, instance),
  ),
);
Users.degress(guarded((resource, errand: Errand) => deleteUser(errand, resource.id ?? '')));

Groups.egress(
  handingGroup((resource: SCIMMY.Resources.Group, errand: Errand) => readGroup(errand, resource.id ?? '')),
);
Groups.ingress(
  handingGroup(({ id }: SCIMMY.Resources.Group, instance: SCIMMY.Schemas.Group, errand: Errand) =>
    id === undefined ? createScimGroup(errand, instance) : replaceGroup(errand, id, instance),
  ),
);
Groups.degress(guarded((resource, errand: Errand) => deleteScimGroup(errand, resource.id ?? '')));

/** The one router; who is allowed was decided before it is reached. */
const router = new SCIMMYRouters({
  type: 'bearer',
  handler: () => '',
  context: (req) => errands.get(req),
});

/** Has a request answered by the library; `req.url` is below the endpoint, `req.baseUrl` is `SCIM_PATH`. */
export const answerByLibrary = (errand: Errand, req: Request, res: Response): void => {
  errands.set(req, errand);
  // After a 500 the router has answered and passes the error on; Express would cut the connection.
  router(req, res, () => undefined);
};
