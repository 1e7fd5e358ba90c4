/**
 * Where clients and the standard disagree (decisions 1 to 5 of the catalogue): a tolerant server takes what clients send, a
 * strict one refuses it. With --strict the checks expect the refusal, and say why.
 */
import { type Instead, refused, Unmet } from './expect.ts';
import type { Answer } from './wire.ts';

const RULES: Readonly<Record<'noTarget' | 'path' | 'types' | 'unknown' | 'shapes', Instead>> = {
  noTarget: {
    source: 'strict, decision 1: RFC 7644 §3.5.2.3, a filter that matches nothing is an error',
    remedy: 'A strict server answers 400 noTarget instead of making the element.',
  },
  path: {
    source: 'strict, decision 2: draft SCIM interop profile, every operation has a path',
    remedy: 'A strict server refuses an operation without path with 400 invalidSyntax.',
  },
  types: {
    source: 'strict, decision 3: RFC 7643 §2.3.2, a boolean is true or false, not a text',
    remedy: 'A strict server refuses "True" and "False" as text with 400 invalidValue.',
  },
  unknown: {
    source: 'strict, decision 4: draft SCIM interop profile, unknown attributes and URNs are refused',
    remedy: 'A strict server refuses what its schemas do not know with 400 invalidSyntax or invalidPath.',
  },
  shapes: {
    source: 'strict, decision 5: RFC 7643 §2.3.8, §2.4, a value has the shape that its schema says',
    remedy: 'A strict server takes objects as objects and single values as single values.',
  },
};

/** The request, which a tolerant server carries out, must be refused with 400. */
export const refusedStrictly = (
  answer: Answer,
  rule: keyof typeof RULES,
  ...scimTypes: readonly string[]
): void => {
  try {
    refused(answer, 400, ...scimTypes);
  } catch (error) {
    if (!(error instanceof Unmet)) throw error;
    throw new Unmet(error.expected, error.got, error.exchange, RULES[rule]);
  }
};
