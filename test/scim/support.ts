/** What the tests of scim/ share: schema URNs, a way to see refusals, and PATCH requests as they come over the wire. */
import type { Attributes } from '../../src/directory/model.ts';
import { userSchema } from '../../src/directory/schema.ts';
import { ScimRefusal } from '../../src/scim/errors.ts';
import { applyPatch, type PatchOperation, readPatchBody } from '../../src/scim/patch/patch.ts';

export const core = 'urn:ietf:params:scim:schemas:core:2.0:User';
export const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
export const modeUser = 'urn:ietf:params:scim:schemas:extension:mode:2.0:User';
export const patchOp = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

export interface Sent {
  readonly op: string;
  readonly path?: string;
  readonly value?: unknown;
}

export const read = (operations: readonly Sent[], strict = false): readonly PatchOperation[] =>
  readPatchBody({ schemas: [patchOp], Operations: operations }, { strict });

export const bare: Attributes = { userName: 'ann' };

/** Applies operations as they come over the wire to a person; userName is left out of what comes back. */
export const patch = (before: Attributes, operations: readonly Sent[], strict = false) => {
  const start = structuredClone({ ...bare, ...before });
  const frozen = JSON.stringify(start);
  const { attributes, ignored } = applyPatch(start, read(operations, strict), userSchema, { strict });
  expect(JSON.stringify(start)).toBe(frozen);
  const { userName, ...rest } = attributes;
  return { rest, userName, ignored, same: attributes === start };
};
export const patched = (before: Attributes, ...operations: readonly Sent[]) => patch(before, operations).rest;

export const refusal = (run: () => unknown): ScimRefusal => {
  try {
    run();
  } catch (error) {
    if (error instanceof ScimRefusal) return error;
    throw error;
  }
  throw new Error('nothing was refused');
};

export const work = { type: 'work', value: 'a@work', primary: true };
export const home = { type: 'home', value: 'a@home' };
