/**
 * Every address of Mode's SCIM endpoint, as calls are counted and faults are ordered: method, template, and what
 * must be offered for it. Its real base path is UNKNOWN (mode-api.md §10); the token names the workspace, so the path
 * does not. `/Me`, `/Bulk` and `/.search` are not offered (assumption).
 */
import type { ScimBehaviour } from './behaviour.ts';

/** Where the endpoint is: an assumption. */
export const SCIM_PATH = '/scim/v2';

type Question = (behaviour: ScimBehaviour) => boolean;

interface ScimRoute {
  readonly method: string;
  readonly template: string;
  /** Whether the address exists at all under this behaviour; 404 where not. */
  readonly exists: Question;
  /** Whether its method is offered; `unsupportedStatus` where not. */
  readonly offered?: Question;
}

const discovery: Question = (behaviour) => behaviour.discovery;
const users: Question = () => true;
const groups: Question = (behaviour) => behaviour.groups;
const patch: Question = ({ updates }) => updates !== 'put';
const put: Question = ({ updates }) => updates !== 'patch';

const resource = (endpoint: string, exists: Question, deletes: Question): ScimRoute[] => [
  { method: 'GET', template: endpoint, exists },
  { method: 'POST', template: endpoint, exists },
  { method: 'GET', template: `${endpoint}/{id}`, exists },
  { method: 'PUT', template: `${endpoint}/{id}`, exists, offered: put },
  { method: 'PATCH', template: `${endpoint}/{id}`, exists, offered: patch },
  { method: 'DELETE', template: `${endpoint}/{id}`, exists, offered: deletes },
];

const ROUTES: readonly ScimRoute[] = [
  { method: 'GET', template: '/ServiceProviderConfig', exists: discovery },
  { method: 'GET', template: '/ResourceTypes', exists: discovery },
  { method: 'GET', template: '/ResourceTypes/{id}', exists: discovery },
  { method: 'GET', template: '/Schemas', exists: discovery },
  { method: 'GET', template: '/Schemas/{id}', exists: discovery },
  ...resource('/Users', users, ({ userDeletes }) => userDeletes),
  ...resource('/Groups', groups, () => true),
];

const keyOf = ({ method, template }: ScimRoute): string => `${method} ${SCIM_PATH}${template}`;

/** All keys of SCIM routes. */
export const SCIM_ROUTE_KEYS: ReadonlySet<string> = new Set(ROUTES.map(keyOf));

export interface ScimMatch {
  /** `METHOD unmatched` for an address that there is not, as in REST. */
  readonly key: string;
  readonly route: ScimRoute | undefined;
}

const isFitting = (template: string, path: string): boolean => {
  const [parts, segments] = [template.split('/'), path.split('/')];
  return (
    parts.length === segments.length &&
    parts.every((part, at) => part === segments[at] || (part === '{id}' && segments[at] !== ''))
  );
};

/** Finds the route of a request by its path below the endpoint; letters' case matters. */
export const findScimRoute = (method: string, path: string): ScimMatch => {
  const route = ROUTES.find((one) => one.method === method && isFitting(one.template, path));
  return { key: route ? keyOf(route) : `${method} unmatched`, route };
};
