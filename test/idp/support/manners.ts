/**
 * What holds for every answer, whoever asked (idp-clients.md §7 "Conventions", T017, T078, decisions 7 and 8, §5 item 17): checked
 * with each step of each file, so that no file has to say it.
 */
import type { Answer } from './wire.ts';

type Json = Readonly<Record<string, unknown>>;

const ERROR = 'urn:ietf:params:scim:api:messages:2.0:Error';
const LIST = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';
const CORE = /^urn:ietf:params:scim:schemas:core:2\.0:(User|Group)$/;
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const complain = (holds: boolean, complaint: string): readonly string[] => (holds ? [] : [complaint]);

const nulls = (value: unknown, path = ''): readonly string[] => {
  if (value === null) return [`null at ${path || 'the top'}`];
  if (typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, inner]) => nulls(inner, `${path}/${key}`));
};

const ofError = (status: number, body: Json): readonly string[] => [
  ...complain(
    JSON.stringify(body['schemas']) === JSON.stringify([ERROR]),
    'an error without the Error schema',
  ),
  ...complain(body['status'] === String(status), `"status" is ${JSON.stringify(body['status'])}`),
  ...complain(
    typeof body['detail'] === 'string' && /\w{3}/.test(body['detail']),
    'an error without "detail"',
  ),
];

const ofList = (body: Json): readonly string[] => {
  const resources = body['Resources'];
  if (!Array.isArray(resources)) return ['a list without "Resources"'];
  const { totalResults, startIndex, itemsPerPage } = body;
  return [
    ...[totalResults, startIndex, itemsPerPage].flatMap((count) =>
      complain(Number.isInteger(count), `a counter is ${JSON.stringify(count)}`),
    ),
    ...complain(itemsPerPage === resources.length, `itemsPerPage is ${itemsPerPage} of ${resources.length}`),
    ...complain(Number(totalResults) >= resources.length, `totalResults is ${totalResults}`),
  ];
};

const ofManager = (body: Json): readonly string[] => {
  const enterprise = body[ENTERPRISE];
  const manager = isObject(enterprise) ? enterprise['manager'] : undefined;
  if (manager === undefined) return [];
  const whole =
    isObject(manager) && typeof manager['value'] === 'string' && typeof manager['$ref'] === 'string';
  return complain(whole, `manager is ${JSON.stringify(manager)}`);
};

/** A whole person or group: not one of which only parts were asked for. */
const ofResource = (body: Json): readonly string[] => {
  const schemas = body['schemas'] as readonly string[];
  const extensions = Object.keys(body).filter((key) => key.startsWith('urn:'));
  const listed = schemas.filter((urn) => !CORE.test(urn));
  return [
    ...complain(typeof body['id'] === 'string' && body['id'] !== '', 'a resource without "id"'),
    ...complain(isObject(body['meta']), 'a resource without "meta"'),
    ...complain(
      new Set(schemas).size === schemas.length &&
        JSON.stringify(extensions.sort()) === JSON.stringify([...listed].sort()),
      `"schemas" lists ${JSON.stringify(schemas)}, there is data of ${JSON.stringify(extensions)}`,
    ),
    ...ofManager(body),
  ];
};

const isResource = (body: unknown): body is Json =>
  isObject(body) &&
  Array.isArray(body['schemas']) &&
  body['schemas'].some((urn) => typeof urn === 'string' && CORE.test(urn));

const ofJson = (answer: Answer, body: Json, projected: boolean): readonly string[] => {
  const { status } = answer;
  if (status >= 400) return ofError(status, body);
  const isList = Array.isArray(body['schemas']) && body['schemas'].includes(LIST);
  const rows =
    isList && Array.isArray(body['Resources']) ? (body['Resources'] as readonly unknown[]) : [body];
  const location = answer.headers.get('location');
  const meta = isObject(body['meta']) ? body['meta']['location'] : undefined;
  return [
    ...(isList ? ofList(body) : []),
    ...(projected ? [] : rows.filter(isResource).flatMap(ofResource)),
    ...complain(status !== 201 || location !== null, '201 without Location'),
    ...complain(
      status !== 201 || meta === undefined || meta === location,
      `Location ${location}, meta ${meta}`,
    ),
  ];
};

/** Everything that is wrong with an answer as such; `projected` when only parts of resources were asked for. */
export const badManners = (answer: Answer, projected: boolean): readonly string[] => {
  const { status, headers, text, body } = answer;
  const kept = headers.get('cache-control');
  const always = complain(kept === 'no-store', `Cache-Control is ${kept}`);
  if (status === 204) return [...always, ...complain(text === '', '204 with a body')];
  return [
    ...always,
    ...complain(
      /^application\/scim\+json(;|$)/.test(headers.get('content-type') ?? ''),
      `Content-Type is ${headers.get('content-type')}`,
    ),
    ...(isObject(body) ? ofJson(answer, body, projected) : ['the body is no JSON object']),
    ...nulls(body),
    ...complain(!/"password"/i.test(text), 'the answer holds a password'),
  ];
};
