/**
 * Asks Mode everything that can be asked without an effect, to see what a credential can really do. Each try has its own
 * time limit and its own outcome: one that fails or hangs hides no other. All go through the ordinary throttle.
 */
import { setTimeout } from 'node:timers/promises';
import { AppError } from '../../errors.ts';
import { CHECK_PATIENCE_MS } from '../connections/connections.ts';
import type { Deps } from '../deps.ts';
import type { Connection, ModeMember } from '../model.ts';
import type { CallOptions, ScimFacts, Upstream, Verification, WorkspaceFacts } from '../upstream.ts';

/** What came of a try. */
export type Tried<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: AppError };

/** What came of all of them. */
export interface Outcomes {
  /** There is no API token, but one of Mode's SCIM endpoint alone. */
  readonly isScimAlone: boolean;
  readonly verification: Tried<Verification>;
  readonly workspace: Tried<WorkspaceFacts>;
  readonly fullList: Tried<readonly ModeMember[]>;
  readonly liteList: Tried<readonly ModeMember[]>;
  /** What Mode's SCIM endpoint says of itself; null where it is not the way in. */
  readonly scim: Tried<ScimFacts | null>;
  /** How many groups the first page has. */
  readonly groups: Tried<number>;
  readonly connections: Tried<number>;
  readonly collections: Tried<number>;
  /** How many events the audit log has of the last minutes. */
  readonly auditLog: Tried<number>;
}

/** Enough to know that groups can be read: a page of Mode has 30 (mode-api.md §2). */
export const GROUPS_LOOKED_AT = 30;
const LOG_WINDOW_MS = 10 * 60_000;

const firstGroups = async (upstream: Upstream, options: CallOptions): Promise<number> => {
  let count = 0;
  for await (const _group of upstream.groups(options)) {
    count += 1;
    if (count === GROUPS_LOOKED_AT) break;
  }
  return count;
};

const lastEvents = async (deps: Deps, upstream: Upstream, options: CallOptions): Promise<number> => {
  const now = deps.now().getTime();
  const window = {
    from: new Date(now - LOG_WINDOW_MS).toISOString(),
    to: new Date(now).toISOString(),
  };
  return (await upstream.changes(window, options)).length;
};

/** Runs one try; only what is a bug is thrown. */
const attempt = async <T>(deps: Deps, ask: (options: CallOptions) => Promise<T>): Promise<Tried<T>> => {
  const deadline = deps.now().getTime() + CHECK_PATIENCE_MS;
  try {
    return { ok: true, value: await ask({ deadline, priority: 'request' }) };
  } catch (error) {
    if (error instanceof AppError) return { ok: false, error };
    throw error;
  }
};

/** Tries the sign-in and what tells the kind of the token: 2 calls, or 3 where the audit log is refused. */
export const tryKind = async (
  deps: Deps,
  upstream: Upstream,
): Promise<Pick<Outcomes, 'verification' | 'auditLog'>> => {
  const verification = await attempt(deps, (options) => upstream.verify(options));
  return { verification, auditLog: await attempt(deps, (options) => lastEvents(deps, upstream, options)) };
};

/** Longer than Mode takes to say whether it accepts a credential; where it hangs, the rest is not held up. */
const HEAD_START_MS = 3_000;

/** Tries everything: the sign-in first, since a credential that was refused before may hold again; then the rest side by side. */
export const tryAll = async (deps: Deps, connection: Connection): Promise<Outcomes> => {
  const upstream = deps.upstreamOf(connection);
  const signIn = attempt(deps, (options) => upstream.verify(options));
  await Promise.race([signIn, setTimeout(HEAD_START_MS, undefined, { ref: false })]);
  const [verification, workspace, scim, fullList, liteList, groups, connections, collections, auditLog] =
    await Promise.all([
      signIn,
      attempt(deps, (options) => upstream.inspect.workspace(options)),
      attempt(deps, (options) => upstream.inspect.scim(options)),
      attempt(deps, (options) => upstream.inspect.memberList('full', options)),
      attempt(deps, (options) => upstream.inspect.memberList('lite', options)),
      attempt(deps, (options) => firstGroups(upstream, options)),
      attempt(deps, async (options) => (await upstream.assets('connection', options)).length),
      attempt(deps, async (options) => (await upstream.assets('collection', options)).length),
      attempt(deps, (options) => lastEvents(deps, upstream, options)),
    ]);
  return {
    isScimAlone: upstream.inspect.isScimAlone,
    verification,
    workspace,
    scim,
    fullList,
    liteList,
    groups,
    connections,
    collections,
    auditLog,
  };
};
