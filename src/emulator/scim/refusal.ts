/**
 * Refusals in SCIM's words. Which of them Mode gives, and when, is UNKNOWN (mode-api.md §10).
 */
import SCIMMY from 'scimmy';
import type { ModeError } from '../errors.ts';

export type ScimType = 'uniqueness' | 'invalidFilter' | 'invalidValue' | 'invalidSyntax';

/** Writes the body of an error; also of those statuses that scimmy's own message class throws at (429, 503). */
export const scimErrorBody = (status: number, detail?: string, scimType?: string) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
  status: String(status),
  ...(scimType === undefined ? {} : { scimType }),
  detail: detail ?? `The request was answered with status ${status}.`,
});

/** Refuses with an error that scimmy-routers answers; the status must be one that it knows (400, 404, 409, 500). */
export const scimRefusal = (status: 400 | 404 | 409 | 500, detail: string, scimType?: ScimType): Error =>
  new SCIMMY.Types.Error(status, scimType ?? '', detail);

/** Whether an error is one that scimmy-routers answers as it stands. */
export const isScimRefusal = (error: unknown): boolean => error instanceof SCIMMY.Types.Error;

/** Puts a refusal of the emulated Mode's own rules into SCIM's words: what they forbid is an invalid value. */
export const fromModeError = (error: ModeError): Error => scimRefusal(400, error.message, 'invalidValue');
