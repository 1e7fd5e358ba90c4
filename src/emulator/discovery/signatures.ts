/**
 * Signature tokens: the credential of the Discovery API, made with an admin's key (mode-api.md §1).
 * Used as `Authorization: Bearer base64(token:access_key:access_secret)` (CONFIRMED-O).
 */
import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import { type Call, callerOf, param, unwrap } from '../call.ts';
import { byBasic, type Caller, isSame } from '../credentials.ts';
import { refusal } from '../errors.ts';
import type { Signature } from '../model.ts';
import { freshToken, timestamp, type World } from '../world.ts';

/** Discovery comes with the Enterprise plan (CONFIRMED-O); without it 403 (REPORTED, SDK). */
const checkPlan = (world: World): void => {
  if (!world.settings.discovery) throw refusal(403, 'The Discovery API is not enabled for this workspace');
};

/** Lets an admin's key in; any other gets 401 (REPORTED, SDK). */
export const admitMinting = (world: World, headers: IncomingHttpHeaders): Caller => {
  const caller = byBasic(world, headers);
  if (!caller.admin) throw refusal(401);
  checkPlan(world);
  return caller;
};

const readBearer = (header: string | undefined): readonly string[] => {
  const encoded = /^bearer +([A-Za-z0-9+/=_-]+) *$/i.exec(header ?? '')?.[1] ?? '';
  return Buffer.from(encoded, 'base64').toString('utf8').split(':');
};

/** "If the user who set up API credentials leaves the workspace, the credentials will be invalidated" (CONFIRMED-O). */
const isLive = (world: World, { expiresAt, creatorToken }: Signature): boolean => {
  const isHere = creatorToken === null || world.state.people.get(creatorToken)?.state === 'active';
  return isHere && Date.parse(expiresAt) > world.settings.now().getTime();
};

/** Lets a signature token in; whoever has none that lives gets 401 (CONFIRMED-O). It names nobody. */
export const admitSigned = (world: World, headers: IncomingHttpHeaders): undefined => {
  const [token = '', key = '', secret = ''] = readBearer(headers.authorization);
  const signature = world.state.signatures.get(token);
  const isRight =
    signature !== undefined && isSame(`${key}:${secret}`, `${signature.accessKey}:${signature.accessSecret}`);
  if (!isRight || !isLive(world, signature)) throw refusal(401);
  checkPlan(world);
};

/** Lengths and the two words CONFIRMED-O; that other words are refused is an assumption. */
const WishSchema = z.object({
  name: z.string().min(4).max(64),
  expires_at: z.iso.datetime({ offset: true }),
  auth_scope: z.object({
    authentication_for: z.literal('batch-api'),
    authorization_type: z.literal('read-only'),
  }),
});

const show = (world: World, signature: Signature) => {
  const { people, workspace } = world.state;
  const creator = people.get(signature.creatorToken ?? '')?.id ?? workspace.id;
  return {
    token: signature.token,
    name: signature.name,
    creator_id: Number(creator),
    organization_id: Number(workspace.id),
    access_key: signature.accessKey,
    access_secret: signature.accessSecret,
    created_at: signature.createdAt,
    updated_at: signature.createdAt,
    expires_at: signature.expiresAt,
    authentication_for: 'batch-api',
    authorization_type: 'read-only',
  };
};

/** Makes a signature token; its secret is shown this once (CONFIRMED-O). */
export const mint = (call: Call) => {
  const { world } = call;
  const wish = WishSchema.safeParse(unwrap(call.body, 'signature_token'));
  if (!wish.success) throw refusal(400, z.prettifyError(wish.error));
  const random = (): string => world.settings.newToken() + world.settings.newToken();
  const signature: Signature = {
    token: freshToken(world),
    name: wish.data.name,
    accessKey: random(),
    accessSecret: random(),
    creatorToken: callerOf(call).owner?.memberToken ?? null,
    createdAt: timestamp(world),
    expiresAt: new Date(wish.data.expires_at).toISOString(),
  };
  world.commit([{ kind: 'signed', signature }]);
  return show(world, signature);
};

/** Ends a signature token (CONFIRMED-O); that an admin's key does it is an assumption. */
export const end = (call: Call) => {
  const token = param(call, 'signature_token');
  if (!call.world.state.signatures.has(token)) throw refusal(404, 'Signature token not found');
  call.world.commit([{ kind: 'unsigned', token }]);
  return { message: 'Signature token deleted' };
};
