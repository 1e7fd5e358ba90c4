/** What the emulated Mode truly holds, what people do in it, and what SCIM shows of it, in the words of tests. */

import type { SyncScope } from '../../src/directory/sync/run.ts';
import { sync } from '../../src/directory/sync/scopes.ts';
import type { Bridge } from './bridge.ts';
import { until } from './bridge.ts';

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const MODE_USER = 'urn:ietf:params:scim:schemas:extension:mode:2.0:User';
const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

export interface Truth {
  readonly members: readonly {
    readonly email: string;
    readonly memberToken: string;
    readonly state: 'active' | 'pending' | 'former';
    readonly admin: boolean;
  }[];
  readonly groups: readonly {
    readonly token: string;
    readonly name: string;
    readonly state: string;
    readonly memberTokens: readonly string[];
  }[];
}

/** A person as SCIM shows her. */
export interface Shown {
  readonly id: string;
  readonly userName: string;
  readonly active?: boolean;
  readonly groups?: readonly { readonly value: string; readonly display: string }[];
  readonly [MODE_USER]?: { readonly state: string };
}

/** Looks at, and works in, the workspace of a bridge. */
export const workspaceOf = (bridge: Bridge) => {
  const truth = async (): Promise<Truth> => (await bridge.control('GET', '/state')).body;
  const group = async (name: string) =>
    (await truth()).groups.find((row) => row.name === name && row.state === 'active');
  const ordered = async (path: string, body: object): Promise<void> => {
    const { status, body: said } = await bridge.control('POST', path, body);
    if (status >= 300) throw new Error(`the emulated Mode refused ${path}: ${JSON.stringify(said)}`);
  };
  const listed = async (path: string) => (await bridge.scim('GET', path)).body.Resources;
  return {
    truth,
    group,
    standing: async (email: string) =>
      (await truth()).members.find((row) => row.email.toLowerCase() === email.toLowerCase())?.state,
    /** Addresses of who is in the group of Mode. */
    peopleIn: async (name: string): Promise<readonly string[]> => {
      const tokens = new Set((await group(name))?.memberTokens);
      return (await truth()).members
        .flatMap((row) => (tokens.has(row.memberToken) ? [row.email] : []))
        .sort();
    },
    edit: (body: object) => ordered('/edit', body),
    join: (email: string) => ordered('/join', { email }),
    /** Somebody of the workspace invites her, past the bridge. */
    inviteByHand: async (email: string): Promise<void> => {
      const { url, workspace, token, secret } = bridge.emulator;
      const authorization = `Basic ${Buffer.from(`${token}:${secret}`).toString('base64')}`;
      const { status } = await fetch(`${url}/api/${workspace}/invites`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json' },
        body: JSON.stringify({ invite: { invitee: { email }, message: 'Come in.' } }),
      });
      if (status !== 200) throw new Error(`the emulated Mode did not invite ${email}: ${status}`);
    },
    fault: (body: object) => ordered('/faults', body),
    /** Nobody tells the bridge who joins or leaves. */
    withoutWebhooks: () => bridge.control('DELETE', '/webhooks'),

    /** Reads Mode now, in this process. */
    sync: (scope: SyncScope = 'full', options: { readonly orFull?: boolean } = {}) =>
      sync(
        bridge.deps,
        { connection: bridge.connection, scope, since: new Date().toISOString() },
        { deadline: Date.now() + 60_000, ...options },
      ),

    users: (): Promise<readonly Shown[]> => listed('/Users?count=1000'),
    user: async (id: string): Promise<Shown> => (await bridge.scim('GET', `/Users/${id}`)).body,
    /** The provider writes a person; gives her id. */
    create: async (userName: string, more: object = {}): Promise<string> => {
      const emails = [{ value: userName, type: 'work', primary: true }];
      const { status, body } = await bridge.scim('POST', '/Users', {
        schemas: [USER],
        userName,
        emails,
        ...more,
      });
      if (status !== 201) throw new Error(`the bridge refused ${userName}: ${JSON.stringify(body)}`);
      return body.id;
    },
    /** The provider writes a group with these people; gives its id. */
    createGroup: async (displayName: string, ids: readonly string[] = []): Promise<string> => {
      const members = ids.map((value) => ({ value }));
      return (await bridge.scim('POST', '/Groups', { displayName, members })).body.id;
    },
    patch: (path: string, ...Operations: readonly object[]) =>
      bridge.scim('PATCH', path, { schemas: [PATCH_OP], Operations }),
    groups: (): Promise<readonly { readonly id: string; readonly displayName: string }[]> =>
      listed('/Groups?count=1000'),
    /** Ids of the members that SCIM shows. */
    membersOf: async (id: string): Promise<readonly string[]> =>
      ((await bridge.scim('GET', `/Groups/${id}`)).body.members ?? [])
        .map(({ value }: { readonly value: string }) => value)
        .sort(),
    /** Waits until SCIM shows that standing of a person; `undefined`: Mode does not know her. */
    untilState: (id: string, state: string | undefined, ms?: number) =>
      until(
        `she is ${state}`,
        async () => (await bridge.scim('GET', `/Users/${id}`)).body[MODE_USER]?.state === state,
        ms,
      ),
    stateOf: async (id: string): Promise<string | undefined> =>
      (await bridge.scim('GET', `/Users/${id}`)).body[MODE_USER]?.state,
  };
};
export type Workspace = ReturnType<typeof workspaceOf>;
