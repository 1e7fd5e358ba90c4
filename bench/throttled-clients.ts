/**
 * Who brings the same people and groups into Mode: an identity provider through the bridge, and the ideal client, which
 * knows beforehand what the bridge has to find out: that Mode takes as many calls at once as it ever sends, and that a
 * refused call may be repeated at once.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { Ready } from '../test/support/sandbox.ts';
import { inPool, type ModeAccess, type ThrottledMode } from './throttled-mode.ts';

/** What is to be brought in. */
export interface Wish {
  readonly emails: readonly string[];
  /** Who is to be in each group, by its name. */
  readonly groups: ReadonlyMap<string, readonly string[]>;
}

export interface Client {
  invite(wish: Wish): Promise<void>;
  /** Whoever was invited has joined. */
  learn(wish: Wish): Promise<void>;
  fillGroups(wish: Wish): Promise<void>;
  /** How often somebody was told "not now", and the longest that one request took, in milliseconds. */
  readonly trouble: { refused: number; longestMs: number };
}

/** As often as a provider repeats at most; none gives up earlier (idp-clients.md). */
const MOST_TRIES = 20;
const LONGEST_JOIN_MS = 120_000;

interface Reply {
  readonly status: number;
  readonly retryAfterMs: number;
  readonly body: unknown;
}

type Send = (method: string, path: string, body?: object) => Promise<Reply>;

const sender =
  (address: string, headers: Readonly<Record<string, string>>): Send =>
  async (method, path, body) => {
    const response = await fetch(address + path, {
      method,
      headers,
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      retryAfterMs: Number(response.headers.get('retry-after') ?? 0) * 1000,
      body: text === '' ? undefined : (JSON.parse(text) as unknown),
    };
  };

const isNotNow = ({ status }: Reply): boolean => status === 429 || status === 503;

/** Repeats what is answered "not now", after the time that the answer names; anything else but success is an error. */
const persistent = (send: Send, trouble: Client['trouble'], mostTries: number): Send => {
  const attempt = async (
    method: string,
    path: string,
    body: object | undefined,
    tried: number,
  ): Promise<Reply> => {
    const reply = await send(method, path, body);
    if (reply.status < 300) return reply;
    if (!isNotNow(reply) || tried === mostTries)
      throw new Error(`${method} ${path}: ${reply.status} ${JSON.stringify(reply.body)}`);
    trouble.refused += 1;
    await wait(reply.retryAfterMs);
    return attempt(method, path, body, tried + 1);
  };
  return async (method, path, body) => {
    const from = performance.now();
    const reply = await attempt(method, path, body, 1);
    trouble.longestMs = Math.max(trouble.longestMs, performance.now() - from);
    return reply;
  };
};

const idOf = ({ body }: Reply): string => (body as { readonly id: string }).id;

const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const MODE = 'urn:ietf:params:scim:schemas:extension:mode:2.0:User';

interface Page {
  readonly totalResults: number;
  readonly Resources: readonly { readonly [MODE]?: { readonly state?: string } }[];
}

export interface ProviderOptions {
  /** Creates at once, and PATCHes at once. */
  readonly creates: number;
  readonly patches: number;
  /** Members in one PATCH. */
  readonly members: number;
}

/** How many people the bridge shows as members of Mode. */
const countJoined = async (send: Send): Promise<number> => {
  let joined = 0;
  for (let startIndex = 1, total = 1; startIndex <= total; startIndex += 200) {
    const { totalResults, Resources } = (await send('GET', `/Users?startIndex=${startIndex}&count=200`))
      .body as Page;
    total = totalResults;
    joined += Resources.filter((one) => one[MODE]?.state === 'active').length;
  }
  return joined;
};

/** The identity provider, as Okta and Entra send: people one by one, members in PATCHes. */
export const createProvider = (
  { scimBaseUrl, scimToken }: Ready,
  { creates, patches, members }: ProviderOptions,
): Client => {
  const trouble = { refused: 0, longestMs: 0 };
  const headers = { authorization: `Bearer ${scimToken}`, 'content-type': 'application/scim+json' };
  const once = sender(scimBaseUrl, headers);
  const send = persistent(once, trouble, MOST_TRIES);
  const ids = new Map<string, string>();
  const invite = async (email: string): Promise<void> => {
    const emails = [{ value: email, type: 'work', primary: true }];
    ids.set(email, idOf(await send('POST', '/Users', { userName: email, emails, active: true })));
  };
  return {
    trouble,
    invite: ({ emails }) => inPool(emails, creates, invite),
    learn: async ({ emails }) => {
      const from = performance.now();
      const known = 4;
      while ((await countJoined(once)) < emails.length + known) {
        if (performance.now() - from > LONGEST_JOIN_MS) throw new Error('Not everybody was seen to join.');
        await wait(250);
      }
    },
    fillGroups: async ({ groups }) => {
      const orders: { readonly id: string; readonly emails: readonly string[] }[] = [];
      await inPool([...groups], patches, async ([displayName, emails]) => {
        const id = idOf(await send('POST', '/Groups', { displayName }));
        for (let from = 0; from < emails.length; from += members)
          orders.push({ id, emails: emails.slice(from, from + members) });
      });
      await inPool(orders, patches, async ({ id, emails }) => {
        const value = emails.map((email) => ({ value: ids.get(email) }));
        const operation = { op: 'add', path: 'members', value };
        await send('PATCH', `/Groups/${id}`, { schemas: [PATCH], Operations: [operation] });
      });
    },
  };
};

/** The ideal client: the same calls, as many at once as the bridge ever makes, each repeated until it is taken. */
export const createIdeal = (
  { modeUrl, workspace, modeToken, modeSecret }: ModeAccess,
  { atOnce, mode }: { readonly atOnce: number; readonly mode: Pick<ThrottledMode, 'truth'> },
): Client => {
  const trouble = { refused: 0, longestMs: 0 };
  const authorization = `Basic ${Buffer.from(`${modeToken}:${modeSecret}`).toString('base64')}`;
  const headers = { authorization, accept: 'application/hal+json', 'content-type': 'application/json' };
  const send = persistent(sender(`${modeUrl}/api/${workspace}`, headers), trouble, Number.POSITIVE_INFINITY);
  let tokens: ReadonlyMap<string, string> = new Map();
  return {
    trouble,
    invite: ({ emails }) =>
      inPool(emails, atOnce, async (email) => {
        await send('POST', '/invites', { invite: { invitee: { email }, message: 'Welcome.' } });
      }),
    learn: async () => {
      tokens = (await mode.truth()).members;
    },
    fillGroups: async ({ groups }) => {
      const orders: { readonly group: string; readonly email: string }[] = [];
      await inPool([...groups], atOnce, async ([name, emails]) => {
        const { body } = await send('POST', '/groups', { user_group: { name } });
        const group = (body as { readonly token: string }).token;
        orders.push(...emails.map((email) => ({ group, email })));
      });
      await inPool(orders, atOnce, async ({ group, email }) => {
        await send('POST', `/groups/${group}/memberships`, {
          membership: { member_token: tokens.get(email) },
        });
      });
    },
  };
};
