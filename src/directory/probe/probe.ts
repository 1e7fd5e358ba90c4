/** What the credentials of a connection can really do, found out without changing anything in Mode. */
import type { Deps } from '../deps.ts';
import type { Connection } from '../model.ts';
import { abilities } from './abilities.ts';
import { inviting } from './entering.ts';
import type { Finding } from './finding.ts';
import { type Outcomes, tryAll, tryKind } from './tries.ts';

/** One ability, what came of trying it, and whether this connection's way in can do without. */
export interface Probe extends Finding {
  readonly ability: string;
  readonly isNeeded: boolean;
  /** Needed, and not there as far as can be told. */
  readonly isMissing: boolean;
}

/** A look at a connection: one row per ability, and what the tries brought, for who wants to know more. */
export interface Look {
  readonly probes: readonly Probe[];
  readonly outcomes: Outcomes;
}

/** Tries what the connection can do. Throws only where its credentials cannot be decrypted. */
export const probeConnection = async (deps: Deps, connection: Connection): Promise<Look> => {
  const outcomes = await tryAll(deps, connection);
  const probes = abilities.map(({ ability, neededFor, judge }): Probe => {
    const finding = judge(outcomes, connection);
    const isNeeded = neededFor.includes(connection.wayIn);
    const isMissing = isNeeded && (finding.result === 'no' || finding.isFailure);
    return { ability, ...finding, isNeeded, isMissing };
  });
  return { probes, outcomes };
};

/** Whether a connection that invites can: told at once, before the first person is lost (2 or 3 calls). */
export const probeInviting = async (deps: Deps, connection: Connection): Promise<Finding> =>
  inviting(await tryKind(deps, deps.upstreamOf(connection)), connection);
