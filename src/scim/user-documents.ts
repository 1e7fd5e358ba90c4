/**
 * People written down as text (directory/documents.ts): the JSON that an answer would be, but for the address of the
 * bridge, which may be another tomorrow. In its place stands U+0001, which JSON never holds as it is.
 */
import { randomUUID } from 'node:crypto';
import type { Writer } from '../directory/documents.ts';
import { userVersion } from './etag.ts';
import { userResource } from './resource.ts';

const PLACE = '\u0001';
/** Stands for the address while the JSON is made; nobody can have written it before. */
const HERE = `here-${randomUUID()}`;

/** The format grows with each change of what a person looks like in an answer (test/scim/user-documents.test.ts). */
export const userDocuments: Writer = {
  format: 1,
  write: (view) => ({
    document: JSON.stringify(userResource(HERE, view)).replaceAll(HERE, PLACE),
    version: userVersion(view),
  }),
};

/** Texts of documents as they are answered. */
export const shownAt = (baseUrl: string, texts: readonly string[]): readonly string[] => {
  // "$$" is how a replacement says "$".
  const address = JSON.stringify(baseUrl).slice(1, -1).replaceAll('$', '$$$$');
  return texts.map((text) => text.replaceAll(PLACE, address));
};
