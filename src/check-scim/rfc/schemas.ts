/** What /Schemas says of attributes (RFC 7643 §7). */
import { tableOf } from '../check.ts';
import { arrayOf, dig, equals, hasStatus, isList, isObject } from '../expect.ts';
import type { Answer } from '../wire.ts';
import { given } from './documents.ts';

const TYPES = ['string', 'boolean', 'decimal', 'integer', 'dateTime', 'binary', 'reference', 'complex'];
const CHARACTERISTICS: Readonly<Record<string, readonly string[]>> = {
  type: TYPES,
  mutability: ['readOnly', 'readWrite', 'immutable', 'writeOnly'],
  returned: ['always', 'never', 'default', 'request'],
  uniqueness: ['none', 'server', 'global'],
};

interface Named {
  readonly path: string;
  readonly attribute: unknown;
}

/** All attributes of all schemas, sub-attributes too, with their full names. */
const attributesOf = (answer: Answer): readonly Named[] => {
  const flat = (list: unknown, at: string): readonly Named[] =>
    arrayOf(list).flatMap((attribute) => {
      const path = `${at}${String(dig(attribute, 'name'))}`;
      return [{ path, attribute }, ...flat(dig(attribute, 'subAttributes'), `${path}.`)];
    });
  return isList(answer).flatMap((schema) => flat(dig(schema, 'attributes'), `${String(dig(schema, 'id'))}:`));
};

const misvalued = ({ path, attribute }: Named): readonly string[] =>
  Object.entries(CHARACTERISTICS).flatMap(([name, allowed]) => {
    const value = dig(attribute, name);
    const fine = value === undefined ? name !== 'type' : allowed.includes(String(value));
    return fine ? [] : [`${path} ${name}=${String(value)}`];
  });

export const rfcSchemas = tableOf(
  {
    source: 'RFC 7643 §7',
    level: 'must',
    profiles: ['rfc'],
    remedy: 'Let /Schemas describe exactly what the server does, in the words of RFC 7643 §7.',
  },
  [
    {
      id: 'rfc7643-7-characteristics',
      title: 'Each attribute in /Schemas has a type and characteristics that exist, in the right letters.',
      source: 'RFC 7643 §7',
      run: async ({ discovery }) => {
        const answer = given(discovery.schemas);
        equals(
          answer,
          attributesOf(answer).flatMap(misvalued),
          [],
          'the list of attributes with a wrong characteristic',
        );
      },
    },
    {
      id: 'rfc7643-7-reference-types',
      title: 'Each attribute of type reference names its referenceTypes.',
      source: 'RFC 7643 §7',
      run: async ({ discovery }) => {
        const answer = given(discovery.schemas);
        const references = attributesOf(answer).filter(
          ({ attribute }) => dig(attribute, 'type') === 'reference',
        );
        const bare = references.filter(
          ({ attribute }) => arrayOf(dig(attribute, 'referenceTypes')).length === 0,
        );
        equals(
          answer,
          bare.map(({ path }) => path),
          [],
          'the list of references without referenceTypes',
        );
      },
    },
    {
      id: 'rfc7643-7-true',
      title: 'A person shows no attribute that /Schemas does not list.',
      source: 'RFC 7643 §7; RFC 7644 §4',
      level: 'should',
      run: async (context) => {
        const { ann } = await context.cast();
        const listed = new Set(
          isList(given(context.discovery.schemas)).flatMap((schema) => [
            String(dig(schema, 'id')),
            ...arrayOf(dig(schema, 'attributes')).map((attribute) => String(dig(attribute, 'name'))),
          ]),
        );
        const always = ['id', 'externalId', 'meta', 'schemas'];
        const answer = await context.scim('GET', ann.path);
        hasStatus(answer, 200);
        const shown = isObject(answer.body) ? Object.keys(answer.body) : [];
        equals(
          answer,
          shown.filter((name) => !listed.has(name) && !always.includes(name)),
          [],
          'the list of attributes not in /Schemas',
        );
      },
    },
  ],
);
