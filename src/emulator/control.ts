/**
 * The control calls beside the API, under `/_control` (product.md section 4): tests count calls, order faults,
 * see the truth, and change Mode by hand. Nothing here is Mode's; no credential, never counted.
 */
import express, { type ErrorRequestHandler, type Request, type Response, type Router } from 'express';
import { z } from 'zod';
import type { Entitled } from './access/records.ts';
import type { ApiContext } from './api.ts';
import { BODY_LIMIT_BYTES } from './assumptions.ts';
import { handActor } from './audit/log.ts';
import { EditSchema, edit } from './control-edit.ts';
import { ModeError } from './errors.ts';
import { FaultSchema } from './faults.ts';
import type { Person } from './model.ts';
import { isEmail, joinByEmail } from './people-rules.ts';
import type { State } from './state.ts';
import { actingAs } from './world.ts';

const DONE = { ok: true };

const JoinSchema = z.strictObject({ email: z.string().trim().refine(isEmail, 'must be an e-mail address') });
const WebhookSchema = z.strictObject({
  url: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }),
});

const member = (person: Person) => ({
  email: person.email,
  username: person.username,
  memberToken: person.memberToken,
  membershipToken: person.membershipToken,
  state: person.state,
  admin: person.admin,
});

const permissions = (record: Entitled) =>
  [...record.permissions.values()].map(({ token, action, accessorType, accessorToken }) => ({
    token,
    action,
    accessorType,
    accessorToken,
  }));

/** Shows what the workspace truly holds, former members and deleted groups too. */
const truth = (state: State) => ({
  members: [...state.people.values()].map(member),
  invites: [...state.invites.values()].map(({ email, acceptedAt }) => ({ email, acceptedAt })),
  groups: [...state.groups.values()].map(({ group, byMember }) => ({
    token: group.token,
    name: group.name,
    state: group.state,
    memberTokens: [...byMember.keys()],
  })),
  connections: [...state.connections.values()].map((record) => ({
    token: record.connection.token,
    name: record.connection.name,
    defaultAccess: record.connection.defaultAccess,
    permissions: permissions(record),
  })),
  collections: [...state.collections.values()].map((record) => ({
    token: record.collection.token,
    name: record.collection.name,
    type: record.collection.type,
    state: record.collection.state,
    defaultAccess: record.collection.defaultAccess,
    permissions: permissions(record),
  })),
});

type Control = (context: ApiContext, body: unknown) => unknown;

const join: Control = ({ world }, body) => member(joinByEmail(world, JoinSchema.parse(body).email));

const addWebhook: Control = ({ world }, body) => {
  const { url } = WebhookSchema.parse(body);
  const urls = [...new Set([...world.state.webhooks, url])];
  world.commit([{ kind: 'webhooks', urls }]);
  return { urls };
};

const clearWebhooks: Control = ({ world }) => {
  world.commit([{ kind: 'webhooks', urls: [] }]);
  return DONE;
};

const orderFault: Control = ({ faults }, body) => {
  faults.order(FaultSchema.parse(body));
  return DONE;
};

const clearFaults: Control = ({ faults }) => {
  faults.clear();
  return DONE;
};

const resetCalls: Control = ({ calls }) => {
  calls.reset();
  return DONE;
};

const change: Control = ({ world }, body) => {
  edit(actingAs(world, handActor(world.state)), EditSchema.parse(body));
  return DONE;
};

const CONTROLS: readonly (readonly ['get' | 'post' | 'delete', string, Control])[] = [
  ['get', '/calls', ({ calls }) => calls.read()],
  ['delete', '/calls', resetCalls],
  ['post', '/faults', orderFault],
  ['delete', '/faults', clearFaults],
  ['get', '/state', ({ world }) => truth(world.state)],
  ['post', '/join', join],
  ['post', '/edit', change],
  ['get', '/scim', ({ world }) => world.settings.scim.read()],
  ['post', '/scim', ({ world }, body) => world.settings.scim.change(body)],
  ['get', '/webhooks', ({ world }) => ({ urls: world.state.webhooks })],
  ['post', '/webhooks', addWebhook],
  ['delete', '/webhooks', clearWebhooks],
];

const ADDRESSES = CONTROLS.map(([method, path]) => `${method.toUpperCase()} /_control${path}`).join(', ');

const describe = (error: unknown): readonly [status: number, message: string] => {
  if (error instanceof z.ZodError) return [400, z.prettifyError(error)];
  if (error instanceof ModeError) return [error.status, error.message];
  const status = (error as { status?: number }).status;
  if (status === 400 || status === 413) return [status, (error as Error).message];
  return [500, String(error)];
};

const onError: ErrorRequestHandler = (error: unknown, _req, res, _next) => {
  const [status, message] = describe(error);
  res.status(status).json({ error: message });
};

/** Makes the router of the control calls. */
export const createControl = (context: ApiContext): Router => {
  const router = express.Router();
  router.use(express.json({ limit: BODY_LIMIT_BYTES }));
  for (const [method, path, control] of CONTROLS) {
    router[method](path, (req: Request, res: Response) => {
      res.json(control(context, req.body));
    });
  }
  router.use((_req, res) => {
    res.status(404).json({ error: `There is no such control call; there are: ${ADDRESSES}` });
  });
  router.use(onError);
  return router;
};
