/** People written down as text (directory/documents.ts): the JSON that an answer is, with the bridge's address in it. */
import type { Manner } from '../directory/documents.ts';
import { userVersion } from './etag.ts';
import { userResource } from './resource.ts';

/** Grows with each change of what a person looks like in an answer (test/scim/user-documents.test.ts). */
const LAYOUT = 2;

/** How people are written down for answers at this address. */
export const userDocuments = (baseUrl: string): Manner => ({
  layout: LAYOUT,
  address: baseUrl,
  write: (view) => ({ document: JSON.stringify(userResource(baseUrl, view)), version: userVersion(view) }),
});
