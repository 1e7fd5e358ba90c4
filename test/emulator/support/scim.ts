/**
 * Calls Mode's own SCIM endpoint of an emulator, as a client with its bearer token would.
 */
import type { EmulatorOptions } from '../../../src/emulator/server.ts';
import { type Answer, type Json, type Mode, send, startMode } from './emulator.ts';

export interface ScimMode extends Mode {
  scim(method: string, path: string, body?: unknown, token?: string | null): Promise<Answer>;
}

/** Starts an emulator whose workspace has SCIM, behaving as chosen; `closeAll` ends it. */
export const startScim = async (
  behaviour: EmulatorOptions['scim'] = {},
  options: EmulatorOptions = {},
): Promise<ScimMode> => {
  const mode = await startMode({ ...options, scim: { enabled: true, ...behaviour } });
  const scim: ScimMode['scim'] = (method, path, body, token = mode.scimToken) =>
    send(mode.scimUrl + path, {
      method,
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/scim+json' }),
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
  return { ...mode, scim };
};

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

/** The body that creates somebody. */
export const person = (email: string, more: Json = {}) => ({ schemas: [USER], userName: email, ...more });

/** The body that creates or replaces a group with these members. */
export const group = (displayName: string, ids: readonly string[] = [], more: Json = {}) => ({
  schemas: [GROUP],
  displayName,
  members: ids.map((value) => ({ value })),
  ...more,
});

/** The body that changes something. */
export const patch = (...Operations: Json[]) => ({ schemas: [PATCH], Operations });

/** Creates somebody and gives their id. */
export const createPerson = async (mode: ScimMode, email: string, more: Json = {}): Promise<string> =>
  (await mode.scim('POST', '/Users', person(email, more))).body.id;

/** Finds somebody by address, as a client does that has not seen them before. */
export const findPerson = async (mode: ScimMode, email: string): Promise<Json> =>
  (await mode.scim('GET', `/Users?filter=${encodeURIComponent(`userName eq "${email}"`)}`)).body.Resources[0];

/** Lists the addresses that a query finds. */
export const namesFound = async (mode: ScimMode, query: string): Promise<string[]> =>
  (await mode.scim('GET', `/Users?${query}`)).body.Resources.map((one: Json) => one.userName);
