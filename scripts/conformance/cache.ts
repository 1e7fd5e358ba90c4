/** Where judges keep what they install and what they report: below the root of the repository, never committed. */
import { resolve } from 'node:path';

export const CACHE = resolve(import.meta.dirname, '../../.cache/conformance');
