/** Versions and conditional requests (RFC 7644 §3.14), for servers that say they have them (T107). */
import { tableOf } from '../check.ts';
import { type Context, patchBody } from '../context.ts';
import { dig, equals, hasStatus, holds, type Json } from '../expect.ts';
import { reread } from '../steps.ts';
import type { Answer } from '../wire.ts';

const STALE = 'W/"check-scim-stale"';
const change = patchBody({ op: 'replace', path: 'displayName', value: 'Versioned' });

const etagOf = (answer: Answer): string => {
  const etag = answer.headers.get('etag');
  holds(answer, etag !== null, 'an ETag header', 'none');
  return String(etag);
};

const bodyOf = (method: string, sent: Json): Json | undefined => ({ PUT: sent, PATCH: change })[method];

/** A request that must be refused, because the version that it names was never there. */
const stale = (method: string) => async (context: Context) => {
  const { path, sent } = await context.target();
  hasStatus(await context.scim(method, path, bodyOf(method, sent), { 'if-match': STALE }), 412);
};

/** A request that must be carried out. */
const fresh = (condition?: string) => async (context: Context) => {
  const { path, answer } = await context.person();
  const etag = condition ?? String(dig(answer.body, 'meta', 'version'));
  hasStatus(await context.scim('PATCH', path, change, { 'if-match': etag }), 200, 204);
};

export const rfcVersions = tableOf(
  {
    source: 'RFC 7644 §3.14; RFC 9110 §13',
    level: 'must',
    profiles: ['rfc'],
    needs: ['etag'],
    remedy: 'Do what /ServiceProviderConfig promises, or say etag.supported: false.',
  },
  [
    {
      id: 'T107-etag',
      title: 'A resource has an ETag that is also meta.version, and that changes with it.',
      run: async (context) => {
        const person = await context.person();
        const before = person.answer;
        equals(before, dig(before.body, 'meta', 'version'), etagOf(before), 'meta.version');
        hasStatus(await context.scim('PATCH', person.path, change), 200, 204);
        const after = await reread(context, person);
        holds(after, etagOf(after) !== etagOf(before), 'another ETag after the change', etagOf(after));
      },
    },
    {
      id: 'T107-304',
      title: 'If-None-Match with the current ETag is a 304 without a body.',
      run: async (context) => {
        const { ann } = await context.cast();
        const etag = etagOf(await reread(context, ann));
        const answer = await context.scim('GET', ann.path, undefined, { 'if-none-match': etag });
        hasStatus(answer, 304);
        equals(answer, answer.text, '', 'the body');
      },
    },
    { id: 'T107-put', title: 'PUT with a stale If-Match is a 412.', run: stale('PUT') },
    {
      id: 'T107-patch',
      title: 'PATCH with a stale If-Match is a 412.',
      run: stale('PATCH'),
    },
    {
      id: 'T107-delete',
      title: 'DELETE with a stale If-Match is a 412.',
      run: stale('DELETE'),
    },
    {
      id: 'T107-current',
      title: 'PATCH with the current If-Match is carried out.',
      run: fresh(),
    },
    {
      id: 'T107-any',
      title: 'PATCH with If-Match: * is carried out.',
      run: fresh('*'),
    },
  ],
);
