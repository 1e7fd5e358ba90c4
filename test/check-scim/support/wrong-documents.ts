/** The discovery documents of the server that is wrong on request. */
const LIST = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';
const CORE = 'urn:ietf:params:scim:schemas:core:2.0:';

const list = (resources: readonly object[]): object => ({
  schemas: [LIST],
  totalResults: resources.length,
  startIndex: 1,
  itemsPerPage: resources.length,
  Resources: resources,
});

const attribute = (name: string): object => ({ name, type: 'string', multiValued: false });

const named = (type: string, ...attributes: readonly string[]): object => ({
  id: `${CORE}${type}`,
  name: type,
  attributes: attributes.map(attribute),
});

const SCHEMAS = [
  named('User', 'userName', 'name', 'displayName', 'emails', 'active', 'title', 'nickName'),
  named('Group', 'displayName', 'members'),
];

const TYPES = ['User', 'Group'].map((name) => ({
  id: name,
  name,
  endpoint: `/${name}s`,
  schema: `${CORE}${name}`,
}));

/** The document at an address; undefined where there is none. */
export const documentAt = (path: string, bulk: boolean): object | undefined => {
  const no = { supported: false };
  const config = {
    schemas: [`${CORE}ServiceProviderConfig`],
    patch: { supported: true },
    bulk: { supported: bulk, maxOperations: 100, maxPayloadSize: 1_000_000 },
    filter: { supported: true, maxResults: 100 },
    changePassword: no,
    sort: no,
    etag: no,
    authenticationSchemes: [{ type: 'oauthbearertoken', name: 'Token', description: 'A token' }],
  };
  return { '/ServiceProviderConfig': config, '/ResourceTypes': list(TYPES), '/Schemas': list(SCHEMAS) }[path];
};
