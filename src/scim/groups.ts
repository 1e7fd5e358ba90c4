/**
 * SCIM operations on groups: translate, never decide. Members travel as deltas and are loaded only where the answer
 * shows them.
 */
import { findGroup, type GroupView, listGroups, viewCreated } from '../directory/group-view.ts';
import { changeGroup, createGroup, deleteGroup } from '../directory/groups.ts';
import type { GroupRecord } from '../directory/model.ts';
import type { Page, Query } from '../directory/query.ts';
import { groupSchema } from '../directory/schema.ts';
import { type MemberDelta, NO_MEMBERS } from '../directory/settle/group-wish.ts';
import { normalizeResource } from './compat/compat.ts';
import { noteIgnored } from './compat/ignored.ts';
import type { Operation, ScimReply, ScimRequest } from './context.ts';
import { ScimRefusal } from './errors.ts';
import { checkIfMatch, groupVersion, isKnown } from './etag.ts';
import { listReply, pageOf, readListRequest } from './list/list.ts';
import { type MemberChange, memberDelta } from './patch/member-delta.ts';
import { readMembers, splitGroupPatch } from './patch/members.ts';
import { applyPatch, readPatchBody, replaceAttributes } from './patch/patch.ts';
import { type Projection, project, readProjection } from './projection.ts';
import { groupLocation, groupResource, type Resource } from './resource.ts';

const projectionOf = (request: ScimRequest): Projection => readProjection(request.query, groupSchema);

const reply = (
  { baseUrl }: ScimRequest,
  status: number,
  view: GroupView,
  projection: Projection,
): ScimReply => ({
  status,
  body: project(groupResource(baseUrl, view), projection),
  location: groupLocation(baseUrl, view.group.id),
  version: groupVersion(view),
});

const replyAsItIs = async (request: ScimRequest, projection: Projection): Promise<ScimReply> => {
  const view = await findGroup(request.deps, request.call, request.id, projection.wants('members'));
  return reply(request, 200, view, projection);
};

/** The version that a change is bound to: that of the resource when If-Match names it; undefined without If-Match. */
const boundVersion = async (request: ScimRequest): Promise<number | undefined> => {
  if (request.ifMatch === undefined) return undefined;
  const view = await findGroup(request.deps, request.call, request.id, false);
  checkIfMatch(request, groupVersion(view));
  return view.group.version;
};

const readBody = (request: ScimRequest) => {
  const { attributes, ignored } = normalizeResource(request.body, groupSchema, request.dialect);
  noteIgnored(request, ignored);
  return { attributes, members: readMembers(request.body) };
};

/** A page of groups as resources. */
export const groupPage = async (request: ScimRequest, query: Query): Promise<Page<Resource>> => {
  const projection = projectionOf(request);
  const page = await listGroups(request.deps, request.call, query, projection.wants('members'));
  return {
    ...page,
    rows: page.rows.map((view) => project(groupResource(request.baseUrl, view), projection)),
  };
};

/** GET /Groups (RFC 7644 §3.4.2). */
const list: Operation = async (request) => {
  const wish = readListRequest(request, groupSchema);
  return listReply(request, wish, await pageOf(wish, (query) => groupPage(request, query)));
};

/** GET /Groups/{id} (RFC 7644 §3.4.1). */
const read: Operation = async (request) => {
  const projection = projectionOf(request);
  if (request.ifNoneMatch !== undefined) {
    const version = groupVersion(await findGroup(request.deps, request.call, request.id, false));
    if (isKnown(request, version)) return { status: 304, version };
  }
  return replyAsItIs(request, projection);
};

/** POST /Groups (RFC 7644 §3.3). */
const create: Operation = async (request) => {
  const projection = projectionOf(request);
  const { attributes, members } = readBody(request);
  const made = await createGroup(request.deps, request.call, attributes, members ?? []);
  const view = await viewCreated(request.deps, made, projection.wants('members'));
  return reply(request, 201, view, projection);
};

/** PUT /Groups/{id} (RFC 7644 §3.5.1); a body without `members` leaves them as they are (T124). */
const replace: Operation = async (request) => {
  const projection = projectionOf(request);
  const { attributes, members } = readBody(request);
  const compute = (group: GroupRecord) => ({
    attributes: replaceAttributes(group.attributes, attributes),
    members: members === null ? NO_MEMBERS : { replaceAll: true, add: members, remove: [] },
  });
  await changeGroup(request.deps, request.call, request.id, compute, await boundVersion(request));
  return replyAsItIs(request, projection);
};

const deltaOf = async (request: ScimRequest, changes: readonly MemberChange[]): Promise<MemberDelta> =>
  memberDelta(changes, async () => {
    const { members } = await findGroup(request.deps, request.call, request.id, true);
    return (members ?? []).map(({ userId, display }) => ({ value: userId, display, type: 'User' }));
  });

/** PATCH /Groups/{id} (RFC 7644 §3.5.2): 204, or 200 when the request says which attributes it wants (decision 9). */
const patch: Operation = async (request) => {
  const projection = projectionOf(request);
  const split = splitGroupPatch(readPatchBody(request.body, request.dialect), groupSchema, request.dialect);
  if (split.idInValue !== null && split.idInValue !== request.id) {
    throw new ScimRefusal('mutability', 'The "id" of a group cannot be changed.');
  }
  const members = await deltaOf(request, split.members);
  let ignored: readonly string[] = [];
  const compute = (group: GroupRecord) => {
    const patched = applyPatch(group.attributes, split.attributeOperations, groupSchema, request.dialect);
    ignored = patched.ignored;
    return { attributes: patched.attributes, members };
  };
  await changeGroup(request.deps, request.call, request.id, compute, await boundVersion(request));
  noteIgnored(request, ignored);
  const asks = request.query['attributes'] ?? request.query['excludedAttributes'];
  return asks === undefined ? { status: 204 } : replyAsItIs(request, projection);
};

/** DELETE /Groups/{id} (RFC 7644 §3.6). */
const remove: Operation = async (request) => {
  await deleteGroup(request.deps, request.call, request.id, await boundVersion(request));
  return { status: 204 };
};

export const groupOperations = { list, read, create, replace, patch, remove } as const;
