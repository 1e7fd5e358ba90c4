/** Why calls over one surface are not even sent at the moment, as the directory is told. */
import type { Trouble } from '../directory/upstream.ts';
import type { Circuit } from './circuit.ts';
import type { Credential } from './credential.ts';
import { credentialsRefused } from './refusal.ts';
import type { Surface } from './surface.ts';

const NOT_ANSWERING = 'Mode does not answer. Changes are kept and carried out when it does.';

/** Null while calls are sent. */
export const troubleOf = (
  credential: Pick<Credential, 'refusedSince'>,
  circuit: Pick<Circuit, 'downSince'>,
  surface: Surface,
): Trouble | null => {
  const refusedSince = credential.refusedSince();
  if (refusedSince !== undefined) {
    const { code, message } = credentialsRefused(surface.refused, 0);
    return { code, message, since: new Date(refusedSince).toISOString() };
  }
  const downSince = circuit.downSince();
  if (downSince === undefined) return null;
  return { code: 'mode.circuit.open', message: NOT_ANSWERING, since: new Date(downSince).toISOString() };
};
