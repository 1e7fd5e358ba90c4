/**
 * Settles in advance what a filter says about the type of resource itself, which no column holds: `meta.resourceType`,
 * `schemas`, and attributes that the type does not have, which count as unassigned (RFC 7644 §3.4.2.1).
 */
import { matches } from '../../directory/match.ts';
import type { Filter } from '../../directory/query.ts';
import { findAttribute, type ResourceSchema, refOf, type SchemaDefinition } from '../../directory/schema.ts';

/** A filter, or the answer for every resource of the type. */
type Settled = Filter | boolean;

type Leaf = Exclude<Filter, { readonly op: 'and' | 'or' | 'not' }>;

/** Common attributes that no resource of the type has: nothing needs to be looked up by them. */
const UNASSIGNED: Partial<Record<ResourceSchema['resourceType'], readonly string[]>> = {
  Entitlement: ['externalId', 'meta.created', 'meta.lastModified', 'meta.version'],
};

const not = (settled: Settled): Settled =>
  typeof settled === 'boolean' ? !settled : { op: 'not', of: settled };

const combine = (op: 'and' | 'or', parts: readonly Settled[]): Settled => {
  const decisive = op === 'or';
  if (parts.includes(decisive)) return decisive;
  const open = parts.filter((part) => typeof part !== 'boolean');
  const [only] = open;
  if (only === undefined) return !decisive;
  return open.length === 1 ? only : { op, of: open };
};

/** An extension stands in `schemas` exactly when it has data. */
const hasData = (schema: ResourceSchema, { id, attributes }: SchemaDefinition): Settled =>
  combine(
    'or',
    attributes.flatMap(({ name }) => {
      const found = findAttribute(schema, `${id}:${name}`);
      return found ? [{ op: 'pr', attribute: refOf(found) } as const] : [];
    }),
  );

const settleSchemas = (leaf: Leaf, schema: ResourceSchema): Settled => {
  if (leaf.op === 'ne') return not(settleSchemas({ ...leaf, op: 'eq' }, schema));
  const named = ({ id }: SchemaDefinition) => matches(leaf, { schemas: [id] });
  const extensions = schema.extensions.filter(named).map((extension) => hasData(schema, extension));
  return combine('or', [named(schema.core), ...extensions]);
};

const settleLeaf = (leaf: Leaf, schema: ResourceSchema): Settled => {
  const { path } = leaf.attribute;
  if (path === 'schemas') return settleSchemas(leaf, schema);
  if (path === 'meta.resourceType') return matches(leaf, { meta: { resourceType: schema.resourceType } });
  const isAssigned = findAttribute(schema, path) && !UNASSIGNED[schema.resourceType]?.includes(path);
  return isAssigned ? leaf : matches(leaf, {});
};

/** The filter as it stands for one type of resource: a filter, or true for all of them, or false for none. */
export const restrict = (filter: Filter, schema: ResourceSchema): Settled => {
  if (filter.op === 'and' || filter.op === 'or') {
    return combine(
      filter.op,
      filter.of.map((part) => restrict(part, schema)),
    );
  }
  if (filter.op === 'not') return not(restrict(filter.of, schema));
  return settleLeaf(filter as Leaf, schema); // what is left; the compiler does not split the union of `and` and `or`
};
