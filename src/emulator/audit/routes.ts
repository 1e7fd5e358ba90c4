/**
 * `GET /{workspace}/audit_logs`: the one address that speaks neither HAL nor Mode's usual errors (mode-api.md §8.3).
 * Workspace keys only (CONFIRMED-O); 406 for HAL before the credential is looked at, 401 without body (REPORTED, SDK).
 */
import { AUDIT_PAGE } from '../assumptions.ts';
import type { Admit, Call, Route } from '../call.ts';
import { byBasic } from '../credentials.ts';
import { ModeError } from '../errors.ts';
import type { AuditEvent } from '../model.ts';

const takesJson = (accept: string | undefined): boolean =>
  accept === undefined || /application\/json|application\/\*|\*\/\*/.test(accept);

const strangers = (): ModeError => new ModeError(401, undefined, 'Unauthorized');

const admit: Admit = (world, headers) => {
  if (!takesJson(headers.accept)) throw new ModeError(406, undefined, 'Not acceptable');
  try {
    const caller = byBasic(world, headers);
    if (caller.credential.kind === 'workspace') return caller;
  } catch (error) {
    if (!(error instanceof ModeError)) throw error;
  }
  throw strangers();
};

/** 400 with a body that is not `{id, message}` (REPORTED, SDK); which one it is, is UNKNOWN. */
const invalid = (name: string, why: string): ModeError =>
  new ModeError(400, { errors: { [name]: [why] } }, `${name} ${why}`);

const ISO = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?$/;

/** Reads an instant; one without offset is UTC (REPORTED, SDK). */
const instant = (call: Call, name: string): number => {
  const text = call.query.get(name);
  if (text === null || text === '') throw invalid(name, 'is required');
  // An unescaped + in a query is a space.
  const written = text.replace(/ (?=\d{2}:?\d{2}$)/, '+');
  const hasOffset = /(Z|[+-]\d{2}:?\d{2})$/.test(written.slice(10));
  const ms = ISO.test(written)
    ? Date.parse(hasOffset || written.length === 10 ? written : `${written}Z`)
    : Number.NaN;
  if (Number.isNaN(ms)) throw invalid(name, 'is not an ISO 8601 timestamp');
  return ms;
};

/** The documented filters (CONFIRMED-O), exact and case-sensitive (assumption); `event_source` has no field to compare. */
const FILTERS: ReadonlyMap<string, (event: AuditEvent) => string> = new Map([
  ['action', (event) => event.action],
  ['entity_id', ({ entity }) => entity.entity_id],
  ['entity_type', ({ entity }) => entity.entity_type],
  ['entity_name', ({ entity }) => entity.entity_name],
  ['username', ({ actor }) => actor.username],
  ['ip', ({ actor }) => actor.ip],
]);

const isWanted = (call: Call): ((event: AuditEvent) => boolean) => {
  const [from, to] = [instant(call, 'start_timestamp'), instant(call, 'end_timestamp')];
  if (from > to) throw invalid('start_timestamp', 'is after end_timestamp');
  const filters = [...FILTERS].filter(([name]) => call.query.has(name));
  return (event) => {
    const at = Date.parse(event.timestamp);
    return at >= from && at <= to && filters.every(([name, read]) => read(event) === call.query.get(name));
  };
};

const token = (position: number): string => Buffer.from(`event:${position}`).toString('base64url');

const positionOf = (text: string | null): number => {
  if (text === null) return 0;
  const found = /^event:(\d+)$/.exec(Buffer.from(text, 'base64url').toString());
  if (!found) throw invalid('next_token', 'is invalid');
  return Number(found[1]);
};

/** Answers a page, oldest event first; `next_token` goes back as it is, with the same filters (cursor REPORTED, SDK). */
const list = (call: Call) => {
  const { auditLog } = call.world.state;
  const fits = isWanted(call);
  const found: AuditEvent[] = [];
  let position = positionOf(call.query.get('next_token'));
  for (; position < auditLog.length && found.length <= AUDIT_PAGE; position += 1) {
    const event = auditLog[position];
    if (event && fits(event)) found.push(event);
  }
  const isMore = found.length > AUDIT_PAGE;
  return {
    audit_logs: found.slice(0, AUDIT_PAGE),
    // The one found too many is the first of the next page.
    ...(isMore ? { next_token: token(position - 1) } : {}),
  };
};

/** The route of the audit log. */
export const auditRoutes: readonly Route[] = [
  { method: 'GET', template: '/api/{workspace}/audit_logs', handler: list, admit, type: 'application/json' },
];
