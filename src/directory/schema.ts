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

/** An attribute and its parts under all their paths below `prefix`, in small letters. */
const pathsOf = (
  prefix: string,
  attribute: AttributeDefinition,
  extension: string | null,
): readonly (readonly [string, FoundAttribute])[] => {
  const path = `${prefix}${attribute.name}`.toLowerCase();
  const parts = (attribute.subAttributes ?? []).map(
    (subAttribute) =>
      [`${path}.${subAttribute.name.toLowerCase()}`, { extension, attribute, subAttribute }] as const,
  );
  return [[path, { extension, attribute, subAttribute: null }], ...parts];
};

/**
 * All paths by which a schema's attributes may be called; of two that share a bare name the core's counts. What an extension
 * only shows needs its URN: a client that says `state` means one that no schema knows (T100).
 */
const indexOf = ({ core, extensions }: ResourceSchema): ReadonlyMap<string, FoundAttribute> => {
  const bare = [
    ...extensions.toReversed().map(({ id, attributes }) => ({
      extension: id,
      attributes: attributes.filter(({ mutability }) => mutability !== 'readOnly'),
    })),
    { extension: null, attributes: commonAttributes },
    { extension: null, attributes: core.attributes },
  ];
  const qualified = [core, ...extensions].map(({ id, attributes }) => ({
    id,
    extension: id === core.id ? null : id,
    // Clients put the URN of the core schema before the common attributes, too, though no schema lists them.
    attributes: id === core.id ? [...commonAttributes, ...attributes] : attributes,
  }));
  // A colon ends the URN; a dot as in old Entra jobs is no attribute path (RFC 7644 §3.10).
  return new Map([
    ...bare.flatMap(({ extension, attributes }) =>
      attributes.flatMap((attribute) => pathsOf('', attribute, extension)),
    ),
    ...qualified.flatMap(({ id, extension, attributes }) =>
      attributes.flatMap((attribute) => pathsOf(`${id}:`, attribute, extension)),
    ),
  ]);
};

/** What is made once of each schema; a request may name a hundred thousand attributes. */
const remembered = <T>(make: (schema: ResourceSchema) => T): ((schema: ResourceSchema) => T) => {
  const made = new WeakMap<ResourceSchema, T>();
  return (schema) => {
    const known = made.get(schema) ?? make(schema);
    made.set(schema, known);
    return known;
  };
};

const attributesOf = remembered(indexOf);
const definitionsOf = remembered(
  ({ core, extensions }) => new Map([core, ...extensions].map((one) => [one.id.toLowerCase(), one])),
);

/** Finds the core schema or an extension by its URN, in any letter case. */
export const findSchema = (schema: ResourceSchema, urn: string): SchemaDefinition | undefined =>
  definitionsOf(schema).get(urn.toLowerCase());

/**
 * Finds `attribute` or `attribute.subAttribute`, with or without URN, in any letter case (RFC 7643 §2.1, RFC 7644 §3.10).
 * A bare name is looked for in the core schema, then among the common attributes, then among what can be written in the
 * extensions (Entra sends `manager` without its URN). Undefined when the schema knows nothing of that name.
 */
export const findAttribute = (schema: ResourceSchema, path: string): FoundAttribute | undefined =>
  attributesOf(schema).get(path.toLowerCase());

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
