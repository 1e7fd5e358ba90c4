/**
 * `POST /_control/edit`: somebody changes Mode by hand, as an admin would in its UI (product.md section 4).
 */
import { z } from 'zod';
import { COLLECTIONS, CONNECTIONS, type Resource } from './access/kinds.ts';
import { permissionOf } from './access/records.ts';
import { changePermission, grantPermission, revokePermissions } from './access/rules.ts';
import { choice } from './call.ts';
import { refusal } from './errors.ts';
import {
  addToGroup,
  createGroup,
  deleteGroup,
  groupMembership,
  liveGroup,
  removeFromGroup,
  renameGroup,
} from './group-rules.ts';
import type { Person } from './model.ts';
import { isEmail, removePerson, setAdmin, setEmail, touch } from './people-rules.ts';
import { personByEmail } from './state.ts';
import type { World } from './world.ts';

const email = z.string().trim().min(1);
const groupToken = z.string().min(1);
/** A connection or collection, and a person's or group's token. */
const access = { resourceToken: z.string().min(1), accessorToken: z.string().min(1) };
const OPS = [
  'addToGroup',
  'removeFromGroup',
  'setAdmin',
  'removeMember',
  'setEmail',
  'createGroup',
  'renameGroup',
  'deleteGroup',
  'touch',
  'grantAccess',
  'revokeAccess',
] as const;

/** What the call takes. */
export const EditSchema = z.discriminatedUnion(
  'op',
  [
    z.strictObject({ op: z.literal('addToGroup'), groupToken, email }),
    z.strictObject({ op: z.literal('removeFromGroup'), groupToken, email }),
    z.strictObject({ op: z.literal('setAdmin'), email, admin: z.boolean() }),
    z.strictObject({ op: z.literal('removeMember'), email }),
    z.strictObject({
      op: z.literal('setEmail'),
      email,
      to: email.refine(isEmail, 'must be an e-mail address'),
    }),
    z.strictObject({ op: z.literal('createGroup'), name: z.string() }),
    z.strictObject({ op: z.literal('renameGroup'), groupToken, name: z.string() }),
    z.strictObject({ op: z.literal('deleteGroup'), groupToken }),
    z.strictObject({ op: z.literal('grantAccess'), ...access, action: z.string() }),
    z.strictObject({ op: z.literal('revokeAccess'), ...access }),
    z.strictObject({ op: z.literal('touch'), email, at: z.iso.datetime({ offset: true }) }),
  ],
  `must be an object whose op is one of: ${OPS.join(', ')}`,
);

type Edit = z.output<typeof EditSchema>;

const person = (world: World, address: string): Person => {
  const found = personByEmail(world.state, address);
  if (!found) throw refusal(404, `Nobody has the e-mail ${address}`);
  return found;
};

const takeOut = (world: World, token: string, address: string): void => {
  const record = liveGroup(world, token);
  const membership = record.byMember.get(person(world, address).memberToken);
  if (membership === undefined) throw refusal(404, `${address} is not in that group`);
  removeFromGroup(world, groupMembership(record, membership));
};

const remove = (world: World, address: string): void => {
  const found = person(world, address);
  if (found.state === 'former') throw refusal(409, `${address} is a former member already`);
  world.announce('member_removed_from_organization', removePerson(world, found));
};

const resource = (world: World, token: string): Resource =>
  (world.state.connections.has(token) ? CONNECTIONS : COLLECTIONS).find(world, token);

/** Gives a role, or another one instead of the one that was given before. */
const give = (world: World, order: Extract<Edit, { op: 'grantAccess' }>): void => {
  const found = resource(world, order.resourceToken);
  const action = choice(order, 'action', found.kind.actions);
  const { accessorToken } = order;
  const before = permissionOf(found.record, accessorToken);
  if (before) changePermission(world, before, action);
  else {
    const accessorType = world.state.groups.has(accessorToken) ? 'UserGroup' : 'Account';
    grantPermission(world, found, { action, accessorType, accessorToken });
  }
};

const take = (world: World, resourceToken: string, accessorToken: string): void => {
  const before = permissionOf(resource(world, resourceToken).record, accessorToken);
  if (!before) throw refusal(404, `${accessorToken} has no permission there`);
  revokePermissions(world, [before]);
};

/** Does what the edit says; the rules are those of the API. */
export const edit = (world: World, order: Edit): void => {
  switch (order.op) {
    case 'addToGroup':
      addToGroup(world, order.groupToken, person(world, order.email).memberToken);
      break;
    case 'removeFromGroup':
      takeOut(world, order.groupToken, order.email);
      break;
    case 'setAdmin':
      setAdmin(world, person(world, order.email), order.admin);
      break;
    case 'removeMember':
      remove(world, order.email);
      break;
    case 'setEmail':
      setEmail(world, person(world, order.email), order.to);
      break;
    case 'createGroup':
      createGroup(world, order.name);
      break;
    case 'deleteGroup':
      deleteGroup(world, order.groupToken);
      break;
    case 'renameGroup':
      renameGroup(world, order.groupToken, order.name);
      break;
    case 'grantAccess':
      give(world, order);
      break;
    case 'revokeAccess':
      take(world, order.resourceToken, order.accessorToken);
      break;
    case 'touch':
      touch(world, person(world, order.email), order.at);
      break;
    default:
      order satisfies never;
  }
};
