/**
 * What Mode's SCIM endpoint can do. Nothing of it is published (mode-api.md §10), so it is found out: its own documents
 * are a first guess (RFC 7644 §4; each may be missing, or wrong), what it was seen to do counts more. Kept as long as the
 * credential; the documents are read again when an answer contradicts what was seen before.
 */
import type { CallOptions } from '../../directory/upstream.ts';
import type { Call } from '../call.ts';
import type { ModeHttp } from '../http.ts';
import { isOfKind } from '../kinds.ts';
import { readAs } from '../types.ts';
import { ConfigSchema, ListSchema, ResourceTypeSchema, SchemaSchema } from './types.ts';

/** Each question that the endpoint answers by what it does. */
export type Trait =
  | 'patch Users'
  | 'put Users'
  | 'delete Users'
  | 'patch Groups'
  | 'put Groups'
  | 'delete Groups'
  /** PATCH of who is in a group. */
  | 'patch members'
  | 'put members'
  | 'filter userName'
  | 'filter emails.value'
  /** `totalResults` counts more than the page that it stands on. */
  | 'count all'
  /** Groups show who is in them. */
  | 'show members';

export type Endpoint = 'Users' | 'Groups';

/** The attributes of a user by their names in small letters: what may be done to each (RFC 7643 §2.2, `mutability`). */
export type Attributes = ReadonlyMap<string, string>;

/** What its documents say; null where they do not. */
interface Said {
  readonly patch: boolean | null;
  readonly filter: boolean | null;
  readonly maxResults: number | null;
  /** Pages by cursor alone (RFC 9865 §4). */
  readonly isByCursor: boolean;
  readonly hasGroups: boolean | null;
  readonly attributes: Attributes | null;
}

export interface Discovery {
  /** Reads the documents where that was not done (3 calls, once). */
  said(options: CallOptions): Promise<Said>;
  /** Undefined where it was never seen. */
  seen(trait: Trait): boolean | undefined;
  see(trait: Trait, isSo: boolean): void;
}

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';

const document = (name: string): Call => ({
  method: 'GET',
  route: `/scim/${name}`,
  at: {},
  to: `read its SCIM document ${name}`,
  isOptional: true,
});

/** A document that is missing, hidden or makes no sense says nothing. A token that is refused is another matter. */
const readDocument = async <T>(
  http: ModeHttp,
  name: string,
  read: (json: unknown, asked: Call) => T,
  options: CallOptions,
): Promise<T | null> => {
  const asked = document(name);
  try {
    return read(await http.request(asked, options), asked);
  } catch (error) {
    if (isOfKind(error, 'unauthorized')) throw error;
    return null;
  }
};

const resourcesIn = (json: unknown, asked: Call): readonly unknown[] =>
  readAs(ListSchema, json, { asked }).Resources ?? [];

const attributesIn = (json: unknown, asked: Call): Attributes | null => {
  const schemas = resourcesIn(json, asked).flatMap((one) => SchemaSchema.safeParse(one).data ?? []);
  const user = schemas.find(({ id }) => id === USER);
  if (!user) return null;
  return new Map(
    user.attributes.map(({ name, mutability }) => [name.toLowerCase(), mutability ?? 'readWrite']),
  );
};

const hasGroups = (json: unknown, asked: Call): boolean | null => {
  const types = resourcesIn(json, asked).flatMap((one) => ResourceTypeSchema.safeParse(one).data ?? []);
  return types.length === 0 ? null : types.some(({ endpoint }) => /^\/?groups$/i.test(endpoint));
};

const readDocuments = async (http: ModeHttp, options: CallOptions): Promise<Said> => {
  const [config, groups, attributes] = await Promise.all([
    readDocument(
      http,
      'ServiceProviderConfig',
      (json, asked) => readAs(ConfigSchema, json, { asked }),
      options,
    ),
    readDocument(http, 'ResourceTypes', hasGroups, options),
    readDocument(http, 'Schemas', attributesIn, options),
  ]);
  return {
    patch: config?.patch?.supported ?? null,
    filter: config?.filter?.supported ?? null,
    maxResults: config?.filter?.maxResults ?? null,
    isByCursor: config?.pagination?.cursor === true && config.pagination.index === false,
    hasGroups: groups,
    attributes,
  };
};

/** Makes the knowledge of one endpoint. */
export const createDiscovery = (http: ModeHttp): Discovery => {
  const traits = new Map<Trait, boolean>();
  let reading: Promise<Said> | undefined;
  return {
    said: (options) => {
      reading ??= readDocuments(http, options).catch((error: unknown) => {
        reading = undefined;
        throw error;
      });
      return reading;
    },
    seen: (trait) => traits.get(trait),
    see: (trait, isSo) => {
      const before = traits.get(trait);
      traits.set(trait, isSo);
      // Something was rebuilt over there.
      if (before !== undefined && before !== isSo) reading = undefined;
    },
  };
};
