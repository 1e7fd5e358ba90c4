/** Tries what the credentials of a connection can really do, without changing anything in Mode (mode-api.md §1, §4, §6, §7). */
import { AppError } from '../errors.ts';
import { CHECK_PATIENCE_MS } from './connections.ts';
import type { Deps } from './deps.ts';
import type { AssetKind, Connection, ModeMember } from './model.ts';
import type { CallOptions, Upstream } from './upstream.ts';

/** One ability and what came of trying it. `unknown`: cannot be found out without an effect. */
export interface Probe {
  readonly ability: string;
  readonly result: 'yes' | 'no' | 'unknown';
  readonly remark: string;
}

const failed = (ability: string, error: unknown): Probe => {
  if (error instanceof AppError) return { ability, result: 'no', remark: error.message };
  throw error;
};

const membersProbes = (members: readonly ModeMember[]): readonly Probe[] => {
  const withoutToken = members.filter(({ membershipToken }) => membershipToken === null).length;
  const withoutEmail = members.filter(({ email }) => email === null).length;
  return [
    { ability: 'list members', result: 'yes', remark: `${members.length} people` },
    withoutEmail === 0
      ? { ability: 'see e-mail addresses', result: 'yes', remark: '' }
      : {
          ability: 'see e-mail addresses',
          result: 'no',
          remark: `${withoutEmail} people without one: they cannot be recognised by address; use a token of an admin.`,
        },
    withoutToken === 0
      ? { ability: 'remove members', result: 'yes', remark: 'membership tokens are visible' }
      : {
          ability: 'remove members',
          result: 'no',
          remark:
            'This token may not list memberships, so nobody can be removed: use a Workspace token or one of an admin.',
        },
  ];
};

const inviteProbe = (connection: Connection, scope: string | null): Probe => {
  const ability = 'invite people';
  if (connection.wayIn !== 'invite') {
    return { ability, result: 'unknown', remark: 'not needed: SAML creates people at their first sign-in' };
  }
  const told = scope === null ? '' : ` Mode says that this is a ${scope} token.`;
  const remark = `Cannot be tried without inviting somebody. Mode's documentation: Workspace tokens cannot invite.${told} If invitations are refused, use another token or --way-in jit.`;
  return { ability, result: 'unknown', remark };
};

const assetsProbe = async (upstream: Upstream, kind: AssetKind, options: CallOptions): Promise<Probe> => {
  const ability = `list ${kind}s`;
  try {
    const { length } = await upstream.assets(kind, options);
    return { ability, result: 'yes', remark: `${length} ${kind}s` };
  } catch (error) {
    return failed(ability, error);
  }
};

/** What the connection can do, one row per ability. */
export const probeConnection = async (deps: Deps, connection: Connection): Promise<readonly Probe[]> => {
  const upstream = deps.upstreamOf(connection);
  const patience = () => ({
    deadline: deps.now().getTime() + CHECK_PATIENCE_MS,
    priority: 'request' as const,
  });
  const probes: Probe[] = [];
  let scope: string | null = null;
  try {
    const verification = await upstream.verify(patience());
    scope = verification.scope;
    probes.push({
      ability: 'sign in',
      result: 'yes',
      remark: verification.workspace === null ? '' : `workspace "${verification.workspace}"`,
    });
  } catch (error) {
    return [failed('sign in', error)];
  }
  try {
    probes.push(...membersProbes(await upstream.members(patience())));
  } catch (error) {
    probes.push(failed('list members', error));
  }
  try {
    let groups = 0;
    for await (const _group of upstream.groups(patience())) groups += 1;
    probes.push({ ability: 'read groups', result: 'yes', remark: `${groups} groups` });
  } catch (error) {
    probes.push(failed('read groups', error));
  }
  for (const kind of ['connection', 'collection'] as const) {
    probes.push(await assetsProbe(upstream, kind, patience()));
  }
  return [...probes, inviteProbe(connection, scope)];
};
