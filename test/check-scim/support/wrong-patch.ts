/** PATCH of the server that is wrong on request: as much as the checks of these tests send. */
import type { Fault } from './wrong-scim.ts';

export interface Resource {
  id: string;
  [attribute: string]: unknown;
}

export interface Operation {
  readonly op: string;
  readonly path?: string;
  readonly value?: unknown;
}

interface Element {
  readonly value?: unknown;
  readonly type?: unknown;
  readonly primary?: unknown;
}

/** What is thrown becomes a 400 with this scimType. */
export class Refusal extends Error {}

const elementsOf = (value: unknown): readonly Element[] => (Array.isArray(value) ? (value as Element[]) : []);

const asBoolean = (value: unknown, fault: Fault): unknown => {
  const text = String(value).toLowerCase();
  return fault !== 'False stays text' && (text === 'true' || text === 'false') ? text === 'true' : value;
};

const addMembers = (resource: Resource, op: string, value: unknown, fault: Fault): void => {
  const keeps = op === 'add' && fault !== 'add replaces members';
  const before = keeps ? elementsOf(resource['members']) : [];
  const known = new Set(before.map((member) => member.value));
  resource['members'] = [...before, ...elementsOf(value).filter((member) => !known.has(member.value))];
};

const removeMembers = (resource: Resource, values: readonly unknown[], fault: Fault): void => {
  const all = values.length === 0 || fault === 'removing one member removes all';
  const left = elementsOf(resource['members']).filter((member) => !values.includes(member.value));
  resource['members'] = all ? [] : left;
};

const addEmails = (resource: Resource, op: string, value: unknown, fault: Fault): void => {
  const added = elementsOf(value);
  const before = op === 'add' ? elementsOf(resource['emails']) : [];
  const takes = added.some(({ primary }) => primary === true) && fault !== 'two primaries';
  const kept = takes ? before.map((email) => ({ ...email, primary: false })) : before;
  resource['emails'] = [...kept, ...added];
};

const setWorkAddress = (resource: Resource, value: unknown): void => {
  const before = elementsOf(resource['emails']);
  const isWork = ({ type }: Element) => type === 'work';
  const changed = before.map((email) => (isWork(email) ? { ...email, value } : email));
  resource['emails'] = before.some(isWork) ? changed : [...before, { type: 'work', value }];
};

const setName = (resource: Resource, part: string, value: unknown): void => {
  resource['name'] = { ...(resource['name'] as object), [part]: value };
};

const setAt = (resource: Resource, op: string, path: string, value: unknown, fault: Fault): void => {
  if (path === 'id') throw new Refusal('mutability');
  if (path === 'members') addMembers(resource, op, value, fault);
  else if (path === 'emails') addEmails(resource, op, value, fault);
  else if (path === 'emails[type eq "work"].value') setWorkAddress(resource, value);
  else if (path.startsWith('name.')) setName(resource, path.slice(5), value);
  else resource[path] = path === 'active' ? asBoolean(value, fault) : value;
};

const remove = (resource: Resource, path: string | undefined, value: unknown, fault: Fault): void => {
  const member = /^members\[value eq "(.*)"\]$/.exec(path ?? '')?.[1];
  if (path === undefined) throw new Refusal('noTarget');
  if (path === 'userName') throw new Refusal('mutability');
  if (member !== undefined) removeMembers(resource, [member], fault);
  else if (path === 'members')
    removeMembers(
      resource,
      elementsOf(value).map((one) => one.value),
      fault,
    );
  else delete resource[path];
};

const applyOne = (resource: Resource, { op, path, value }: Operation, fault: Fault): void => {
  const verb = op.toLowerCase();
  if (verb === 'remove') remove(resource, path, value, fault);
  else if (path !== undefined) setAt(resource, verb, path, value, fault);
  else if (fault !== 'path-less PATCH does nothing')
    for (const [name, inner] of Object.entries(value as object)) setAt(resource, verb, name, inner, fault);
};

/** The resource as it is afterwards. Throws Refusal; a server that is not atomic has changed half of it by then. */
export const applyPatch = (resource: Resource, operations: readonly Operation[], fault: Fault): Resource => {
  const target = fault === 'PATCH is not atomic' ? resource : { ...resource };
  for (const operation of operations) applyOne(target, operation, fault);
  return target;
};
