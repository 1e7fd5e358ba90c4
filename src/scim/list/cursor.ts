/**
 * Cursors of RFC 9865: where a walk through a list stands, signed, so that nobody can make one up, and bound to the
 * connection, the question and a time. A cursor grants nothing: each page is authorised like the first (§5).
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { Position } from '../../directory/query.ts';
import type { ScimQuery, ScimRequest } from '../context.ts';
import { ScimRefusal } from '../errors.ts';

/** How long a cursor is good; `pagination.cursorTimeout` of scim-schemas/service-provider-config.json, in seconds there. */
const LIFETIME_MS = 3_600_000;

const contentsSchema = z.object({ k: z.string().nullable(), i: z.string(), q: z.string(), e: z.number() });

/** What must stay the same from page to page ("all other parameters identical", RFC 9865 §2). */
export const questionOf = (endpoint: string, query: ScimQuery): string => {
  const same = ['filter', 'sortBy', 'sortOrder'].map((name) => query[name] ?? null);
  return createHash('sha256')
    .update(JSON.stringify([endpoint, ...same]))
    .digest('base64url')
    .slice(0, 22);
};

// The webhook secret is the one secret that every instance knows of a connection; the label keeps its uses apart.
const sign = ({ call }: ScimRequest, contents: string): Buffer =>
  createHmac('sha256', `scim cursor ${call.connection.id} ${call.connection.webhookSecret}`)
    .update(contents)
    .digest();

/** Writes the cursor of the page after this position; unreserved characters only (RFC 9865 §2). */
export const writeCursor = (request: ScimRequest, question: string, { key, id }: Position): string => {
  const expires = request.deps.now().getTime() + LIFETIME_MS;
  const contents = Buffer.from(JSON.stringify({ k: key, i: id, q: question, e: expires })).toString(
    'base64url',
  );
  return `${contents}.${sign(request, contents).toString('base64url')}`;
};

// One text for tampered, another connection's and another question's: nobody learns which (RFC 9865 §5).
const invalid = () =>
  new ScimRefusal('invalidCursor', 'The cursor is not valid for this request. Begin again without one.');

/** Reads a cursor. Throws `invalidCursor` or `expiredCursor`. */
export const readCursor = (request: ScimRequest, question: string, cursor: string): Position => {
  const [contents = '', signature = '', more] = cursor.split('.', 3);
  const given = Buffer.from(signature, 'base64url');
  const right = sign(request, contents);
  if (more !== undefined || given.length !== right.length || !timingSafeEqual(given, right)) throw invalid();
  const { k, i, q, e } = contentsSchema.parse(
    JSON.parse(Buffer.from(contents, 'base64url').toString('utf8')),
  );
  if (q !== question) throw invalid();
  if (e <= request.deps.now().getTime()) {
    throw new ScimRefusal('expiredCursor', 'The cursor has expired. Begin again without one.');
  }
  return { key: k, id: i };
};
