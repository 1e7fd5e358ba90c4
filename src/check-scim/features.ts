/** What the server says it can do (RFC 7644 §4): read once, and the reason why a check about something else is skipped. */
import { arrayOf, CORE_USER, dig, ENTERPRISE } from './expect.ts';
import { type Answer, NoAnswer, Stopped, type Wire } from './wire.ts';

/** What /ServiceProviderConfig and /ResourceTypes may say that a server lacks. */
export type Feature = 'patch' | 'bulk' | 'filter' | 'sort' | 'etag' | 'cursor' | 'groups' | 'roles';

/** A feature, or an attribute of people (`User.title`, `enterprise.manager`) that /Schemas must list, if it can be read. */
export type Need = Feature | `User.${string}` | `enterprise.${string}`;

export interface Discovery {
  /** Undefined when the server gave no answer to it. */
  readonly config: Answer | undefined;
  readonly resourceTypes: Answer | undefined;
  readonly schemas: Answer | undefined;
}

const read = async (wire: Wire, path: string): Promise<Answer | undefined> => {
  try {
    return await wire.send({ method: 'GET', path });
  } catch (error) {
    if (error instanceof NoAnswer || error instanceof Stopped) return undefined;
    throw error;
  }
};

export const discover = async (wire: Wire): Promise<Discovery> => {
  const [config, resourceTypes, schemas] = await Promise.all(
    ['/ServiceProviderConfig', '/ResourceTypes', '/Schemas'].map((path) => read(wire, path)),
  );
  return { config, resourceTypes, schemas };
};

const bodyOf = (answer: Answer | undefined): unknown => (answer?.status === 200 ? answer.body : undefined);

/** Where a feature is said: in /ServiceProviderConfig, or by a resource type. */
const SAID: Readonly<Record<Feature, readonly string[] | { readonly endpoint: string }>> = {
  patch: ['patch', 'supported'],
  bulk: ['bulk', 'supported'],
  filter: ['filter', 'supported'],
  sort: ['sort', 'supported'],
  etag: ['etag', 'supported'],
  cursor: ['pagination', 'cursor'],
  groups: { endpoint: '/Groups' },
  roles: { endpoint: '/Roles' },
};

/** Endpoints that exist although /ResourceTypes cannot be read. */
const SUPPOSED: readonly Feature[] = ['groups'];

const lacksEndpoint = (discovery: Discovery, feature: Feature, endpoint: string): string | undefined => {
  const types = bodyOf(discovery.resourceTypes);
  if (types === undefined)
    return SUPPOSED.includes(feature)
      ? undefined
      : `/ResourceTypes, which would say whether there is ${endpoint}, cannot be read`;
  const listed = arrayOf(dig(types, 'Resources')).some((type) => dig(type, 'endpoint') === endpoint);
  return listed ? undefined : `/ResourceTypes lists no ${endpoint}`;
};

const lacksFeature = (discovery: Discovery, feature: Feature): string | undefined => {
  const said = SAID[feature];
  if ('endpoint' in said) return lacksEndpoint(discovery, feature, said.endpoint);
  const config = bodyOf(discovery.config);
  if (config === undefined)
    return `/ServiceProviderConfig, which would say whether it can ${feature}, cannot be read`;
  return dig(config, ...said) === true
    ? undefined
    : `/ServiceProviderConfig does not say ${said.join('.')}: true`;
};

const lacksAttribute = (discovery: Discovery, urn: string, name: string): string | undefined => {
  const schemas = bodyOf(discovery.schemas);
  if (schemas === undefined) return undefined;
  const schema = arrayOf(dig(schemas, 'Resources')).find((candidate) => dig(candidate, 'id') === urn);
  const listed = arrayOf(dig(schema, 'attributes')).some((attribute) => dig(attribute, 'name') === name);
  return listed ? undefined : `/Schemas lists no ${name} in ${urn}`;
};

/** Why the server cannot be asked this; undefined when it can. */
export const lacks = (discovery: Discovery, need: Need): string | undefined => {
  const [kind = '', name] = need.split('.');
  if (name === undefined) return lacksFeature(discovery, need as Feature);
  return lacksAttribute(discovery, kind === 'User' ? CORE_USER : ENTERPRISE, name);
};
