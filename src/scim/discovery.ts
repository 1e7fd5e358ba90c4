/**
 * What this server can do (RFC 7644 §4): the documents of scim-schemas/, as they stand there, with their addresses. Made
 * once; readable without a token, because a client may have to find out how to get one (RFC 7643 §5).
 */
import { type RequestHandler, type Response, Router } from 'express';
import {
  entitlementSchema,
  groupSchema,
  readSchemaFile,
  roleSchema,
  userSchema,
} from '../directory/schema.ts';
import type { ScimReply } from './context.ts';
import { scimErrorBody } from './errors.ts';

interface Document {
  readonly id: string;
}

const SCHEMAS: readonly Document[] = [
  userSchema.core,
  groupSchema.core,
  ...userSchema.extensions,
  ...groupSchema.extensions,
  roleSchema.core,
  entitlementSchema.core,
];
const RESOURCE_TYPES: readonly Document[] = readSchemaFile('resource-types');
interface ServiceProviderConfig {
  readonly bulk: {
    readonly supported: boolean;
    readonly maxOperations: number;
    readonly maxPayloadSize: number;
  };
}
const SERVICE_PROVIDER_CONFIG: ServiceProviderConfig = readSchemaFile('service-provider-config');

/** The document with the limit that is in force: a smaller BODY_LIMIT_BYTES bounds Bulk too. */
const serviceProviderConfig = (bodyLimitBytes: number): object => {
  const { bulk } = SERVICE_PROVIDER_CONFIG;
  const maxPayloadSize = Math.min(bulk.maxPayloadSize, bodyLimitBytes);
  return { ...SERVICE_PROVIDER_CONFIG, bulk: { ...bulk, maxPayloadSize } };
};

const LIST = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';

const withMeta = (document: object, resourceType: string, location: string) => ({
  ...document,
  meta: { resourceType, location },
});

/** Paging and sorting are ignored here; a filter is refused (RFC 7644 §4). */
const listOf = (documents: readonly object[], query: unknown): ScimReply => {
  if (typeof query === 'object' && query !== null && 'filter' in query) {
    return {
      status: 403,
      body: scimErrorBody(403, 'A filter is not possible here (RFC 7644 §4); read the whole list.'),
    };
  }
  const { length } = documents;
  const counts = { totalResults: length, startIndex: 1, itemsPerPage: length };
  return { status: 200, body: { schemas: [LIST], ...counts, Resources: documents } };
};

/**
 * `/ServiceProviderConfig`, `/Schemas` and `/ResourceTypes`, whole and one by one (SailPoint reads each alone, T028, T029).
 * `send` writes an answer the way the rest of SCIM does.
 */
export const discoveryRouter = (
  baseUrl: () => string,
  bodyLimitBytes: number,
  send: (response: Response, reply: ScimReply) => void,
): Router => {
  const router = Router({ caseSensitive: false });
  router.get('/ServiceProviderConfig', (_request, response) => {
    const location = `${baseUrl()}/ServiceProviderConfig`;
    send(response, {
      status: 200,
      body: withMeta(serviceProviderConfig(bodyLimitBytes), 'ServiceProviderConfig', location),
    });
  });
  const collection = (path: string, resourceType: string, documents: readonly Document[]): void => {
    const show = (document: Document) =>
      withMeta(document, resourceType, `${baseUrl()}${path}/${document.id}`);
    const list: RequestHandler = (request, response) =>
      send(response, listOf(documents.map(show), request.query));
    const one: RequestHandler = (request, response) => {
      const wanted = String(request.params['id']).toLowerCase();
      const found = documents.find(({ id }) => id.toLowerCase() === wanted);
      const names = documents.map(({ id }) => id).join(', ');
      const unknown = scimErrorBody(404, `There is no ${resourceType} with that id. There are: ${names}.`);
      send(response, found ? { status: 200, body: show(found) } : { status: 404, body: unknown });
    };
    router.get(path, list);
    router.get(`${path}/:id`, one);
  };
  collection('/Schemas', 'Schema', SCHEMAS);
  collection('/ResourceTypes', 'ResourceType', RESOURCE_TYPES);
  return router;
};
