/**
 * The attributes of people and groups, read from scim-schemas/*.json (RFC 7643 §4, §7): the one place that says which
 * attributes exist, of which type, and how their text compares. SCIM serves the same files as `/Schemas`.
 */
import { readFileSync } from 'node:fs';
import type { AttributeRef } from './query.ts';

/** An attribute definition as RFC 7643 §7 writes it. */
export interface AttributeDefinition {
  readonly name: string;
  readonly type: AttributeRef['type'];
  readonly multiValued: boolean;
  readonly required: boolean;
  readonly caseExact?: boolean;
  readonly canonicalValues?: readonly string[];
  readonly mutability: 'readOnly' | 'readWrite' | 'immutable' | 'writeOnly';
  readonly returned: 'always' | 'never' | 'default' | 'request';
  readonly uniqueness: 'none' | 'server' | 'global';
  readonly subAttributes?: readonly AttributeDefinition[];
}

export interface SchemaDefinition {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly attributes: readonly AttributeDefinition[];
}

/** The core schema of a resource type and its extensions. */
export interface ResourceSchema {
  readonly resourceType: 'User' | 'Group' | 'Role' | 'Entitlement';
  readonly core: SchemaDefinition;
  readonly extensions: readonly SchemaDefinition[];
}

/** Reads one of the documents in scim-schemas/; the folder stands beside both src/ and dist/. */
export const readSchemaFile = <T>(name: string): T =>
  JSON.parse(readFileSync(new URL(`../../scim-schemas/${name}.json`, import.meta.url), 'utf8')) as T;

export const userSchema: ResourceSchema = {
  resourceType: 'User',
  core: readSchemaFile('user'),
  extensions: [readSchemaFile('enterprise-user'), readSchemaFile('mode-user')],
};

export const groupSchema: ResourceSchema = {
  resourceType: 'Group',
  core: readSchemaFile('group'),
  extensions: [readSchemaFile('mode-group')],
};

/** Okta's schema of a role (idp-clients.md §2.9). */
export const roleSchema: ResourceSchema = {
  resourceType: 'Role',
  core: readSchemaFile('role'),
  extensions: [],
};

/** Okta's schema of an entitlement (idp-clients.md §2.9). */
export const entitlementSchema: ResourceSchema = {
  resourceType: 'Entitlement',
  core: readSchemaFile('entitlement'),
  extensions: [],
};

const common = (
  name: string,
  type: AttributeDefinition['type'],
  mutability: AttributeDefinition['mutability'] = 'readOnly',
): AttributeDefinition => ({
  name,
  type,
  multiValued: false,
  required: false,
  caseExact: true,
  mutability,
  returned: 'default',
  uniqueness: 'none',
});

/** Attributes that every resource has and no schema lists (RFC 7643 §3, §3.1). */
export const commonAttributes: readonly AttributeDefinition[] = [
  { ...common('id', 'string'), returned: 'always', uniqueness: 'server' },
  common('externalId', 'string', 'readWrite'),
  { ...common('schemas', 'reference'), multiValued: true, returned: 'always' },
  {
    ...common('meta', 'complex'),
    subAttributes: [
      common('resourceType', 'string'),
      common('created', 'dateTime'),
      common('lastModified', 'dateTime'),
      common('location', 'reference'),
      common('version', 'string'),
    ],
  },
];

/** An attribute found by its name, with what it is part of. */
export interface FoundAttribute {
  /** URN of the extension that it belongs to; null for core and common attributes. */
  readonly extension: string | null;
  readonly attribute: AttributeDefinition;
  readonly subAttribute: AttributeDefinition | null;
}

const named = (list: readonly AttributeDefinition[] | undefined, name: string) => {
  const lower = name.toLowerCase();
  return list?.find((attribute) => attribute.name.toLowerCase() === lower);
};

const splitUrn = (schema: ResourceSchema, path: string) => {
  const lower = path.toLowerCase();
  for (const candidate of [schema.core, ...schema.extensions]) {
    const urn = candidate.id.toLowerCase();
    // A colon ends the URN; a dot as in old Entra jobs is no attribute path (RFC 7644 §3.10).
    if (lower === urn) return { definition: candidate, rest: '' };
    if (lower.startsWith(`${urn}:`)) return { definition: candidate, rest: path.slice(urn.length + 1) };
  }
  return { definition: null, rest: path };
};

/**
 * Finds `attribute` or `attribute.subAttribute`, with or without URN, in any letter case (RFC 7643 §2.1, RFC 7644 §3.10).
 * A bare name is looked for in the core schema, then among the common attributes, then in the extensions (Entra sends
 * `manager` without its URN). Undefined when the schema knows nothing of that name.
 */
export const findAttribute = (schema: ResourceSchema, path: string): FoundAttribute | undefined => {
  const { definition, rest } = splitUrn(schema, path);
  const [name = '', sub, ...more] = rest.split('.');
  if (name === '' || more.length > 0) return undefined;
  const places = definition
    ? [definition]
    : [schema.core, { id: schema.core.id, attributes: commonAttributes }, ...schema.extensions];
  for (const place of places) {
    const attribute = named(place.attributes, name);
    if (!attribute) continue;
    const subAttribute = sub === undefined ? null : named(attribute.subAttributes, sub);
    if (subAttribute === undefined) return undefined;
    const extension = place.id === schema.core.id ? null : place.id;
    return { extension, attribute, subAttribute };
  }
  return undefined;
};

/** The canonical path of a found attribute: `name.familyName`, `urn:…:2.0:User:department`. */
export const canonicalPath = ({ extension, attribute, subAttribute }: FoundAttribute): string =>
  (extension ? `${extension}:` : '') + attribute.name + (subAttribute ? `.${subAttribute.name}` : '');

/** How a filter or an index refers to a found attribute. */
export const refOf = (found: FoundAttribute): AttributeRef => {
  const leaf = found.subAttribute ?? found.attribute;
  return {
    path: canonicalPath(found),
    type: leaf.type,
    caseExact: leaf.caseExact ?? false,
    multiValued: found.attribute.multiValued,
  };
};
