/** SCIM operations on people: translate, never decide. What may be done and what Mode must hear is directory/users.ts. */
import { findDocument, listDocuments } from '../directory/documents.ts';
import type { UserRecord } from '../directory/model.ts';
import type { Page, Query } from '../directory/query.ts';
import { userSchema } from '../directory/schema.ts';
import { findUser, listUsers, type UserView } from '../directory/user-view.ts';
import { changeUser, createUser, deleteUser } from '../directory/users.ts';
import { isObject } from './compat/coerce.ts';
import { normalizeResource } from './compat/compat.ts';
import { noteIgnored } from './compat/ignored.ts';
import type { Operation, ScimReply, ScimRequest } from './context.ts';
import { ScimRefusal } from './errors.ts';
import { checkIfMatch, isKnown, userVersion } from './etag.ts';
import { listReply, pageOf, readListRequest, type TextPage, textListReply } from './list/list.ts';
import type { PatchOperation } from './patch/body.ts';
import { applyPatch, readPatchBody, replaceAttributes } from './patch/patch.ts';
import { isWhole, type Projection, project, readProjection } from './projection.ts';
import { type Resource, userLocation, userResource } from './resource.ts';

const projectionOf = (request: ScimRequest): Projection => readProjection(request.query, userSchema);

const shown = (request: ScimRequest, view: UserView, projection: Projection) =>
  project(userResource(request.baseUrl, view), projection);

const reply = (request: ScimRequest, status: number, view: UserView, projection: Projection): ScimReply => ({
  status,
  body: shown(request, view, projection),
  location: userLocation(request.baseUrl, view.user.id),
  version: userVersion(view),
});

/** The version that a change is bound to: that of the resource when If-Match names it; undefined without If-Match. */
const boundVersion = async (request: ScimRequest): Promise<number | undefined> => {
  if (request.ifMatch === undefined) return undefined;
  const view = await findUser(request.deps, request.call, request.id);
  checkIfMatch(request, userVersion(view));
  return view.user.version;
};

const readBody = (request: ScimRequest) => {
  const { attributes, ignored } = normalizeResource(request.body, userSchema, request.dialect);
  noteIgnored(request, ignored);
  return attributes;
};

/** A page of people as resources. */
export const userPage = async (request: ScimRequest, query: Query): Promise<Page<Resource>> => {
  const projection = projectionOf(request);
  const page = await listUsers(request.deps, request.call, query);
  return { ...page, rows: page.rows.map((view) => shown(request, view, projection)) };
};

/** The page from what was written down; undefined where it has to be put together. */
const writtenPage = async (request: ScimRequest, query: Query): Promise<TextPage | undefined> => {
  const { deps, call, documentFormat } = request;
  if (documentFormat === undefined || !isWhole(projectionOf(request))) return undefined;
  const page = await listDocuments(deps, call, query, documentFormat);
  return page && { ...page, json: page.documents };
};

/** GET /Users (RFC 7644 §3.4.2). */
const list: Operation = async (request) => {
  const wish = readListRequest(request, userSchema);
  const written = wish.nobody ? undefined : await writtenPage(request, wish.query);
  if (written) return textListReply(request, wish, written);
  return listReply(request, wish, await pageOf(wish, (query) => userPage(request, query)));
};

/** The answer from what was written down; undefined where it has to be put together. */
const readWritten = async (request: ScimRequest): Promise<ScimReply | undefined> => {
  const { deps, call, baseUrl, id, documentFormat } = request;
  const found = documentFormat === undefined ? undefined : await findDocument(deps, call, id, documentFormat);
  if (!found) return undefined;
  const { version, document } = found;
  if (isKnown(request, version)) return { status: 304, version };
  return { status: 200, json: [document], location: userLocation(baseUrl, id), version };
};

/** GET /Users/{id} (RFC 7644 §3.4.1). */
const read: Operation = async (request) => {
  const projection = projectionOf(request);
  const written = isWhole(projection) ? await readWritten(request) : undefined;
  if (written) return written;
  const view = await findUser(request.deps, request.call, request.id);
  const version = userVersion(view);
  return isKnown(request, version) ? { status: 304, version } : reply(request, 200, view, projection);
};

/** POST /Users (RFC 7644 §3.3): 201 with Location and the whole resource. */
const create: Operation = async (request) => {
  const projection = projectionOf(request);
  const view = await createUser(request.deps, request.call, readBody(request));
  return reply(request, 201, view, projection);
};

/** PUT /Users/{id} (RFC 7644 §3.5.1). */
const replace: Operation = async (request) => {
  const projection = projectionOf(request);
  const incoming = readBody(request);
  const compute = ({ attributes }: UserRecord) => replaceAttributes(attributes, incoming);
  const bound = await boundVersion(request);
  const view = await changeUser(request.deps, request.call, request.id, compute, bound);
  return reply(request, 200, view, projection);
};

/** Okta repeats the id in a value without path; another one would mean somebody else (T098, T123). */
const refuseOtherId = ({ id }: ScimRequest, operations: readonly PatchOperation[]): void => {
  const values = operations.filter(({ path }) => path === null).map(({ value }) => value);
  const ids = values.map((value) => (isObject(value) ? value['id'] : undefined));
  if (ids.every((sent) => sent === undefined || sent === null || sent === id)) return;
  throw new ScimRefusal('mutability', 'The "id" of a user cannot be changed.');
};

/** PATCH /Users/{id} (RFC 7644 §3.5.2): 200 with the resource (idp-clients.md decision 9). */
const patch: Operation = async (request) => {
  const projection = projectionOf(request);
  const operations = readPatchBody(request.body, request.dialect);
  refuseOtherId(request, operations);
  let ignored: readonly string[] = [];
  const compute = (user: UserRecord) => {
    const patched = applyPatch(user.attributes, operations, userSchema, request.dialect);
    ignored = patched.ignored;
    return patched.attributes;
  };
  const bound = await boundVersion(request);
  const view = await changeUser(request.deps, request.call, request.id, compute, bound);
  noteIgnored(request, ignored);
  return reply(request, 200, view, projection);
};

/** DELETE /Users/{id} (RFC 7644 §3.6). */
const remove: Operation = async (request) => {
  await deleteUser(request.deps, request.call, request.id, await boundVersion(request));
  return { status: 204 };
};

export const userOperations = { list, read, create, replace, patch, remove } as const;
