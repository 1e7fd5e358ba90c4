/** Request bodies: JSON of either media type (RFC 7644 §3.1, §8.1), bounded in size and depth, refused in SCIM's words. */
import express, { type ErrorRequestHandler, type RequestHandler } from 'express';
import { AppError } from '../errors.ts';
import { ScimRefusal } from './errors.ts';

/** No SCIM message nests this deep; deeper ones are made to exhaust the stack. */
const DEEPEST = 32;

const MEDIA_TYPES = ['application/scim+json', 'application/json'];

const unsupportedMediaType = () =>
  new AppError(
    'mediaType',
    'scim.body.media-type',
    'Send the body as application/scim+json or application/json, in UTF-8.',
  );

const checkMediaType: RequestHandler = (request, _response, next) => {
  const hasBody =
    request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
  if (hasBody && request.is(MEDIA_TYPES) === false) throw unsupportedMediaType();
  next();
};

const tooDeep = (body: unknown): boolean => {
  let level: unknown[] = [body];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > DEEPEST) return true;
    level = level.flatMap((value) =>
      typeof value === 'object' && value !== null ? Object.values(value) : [],
    );
  }
  return false;
};

const checkDepth: RequestHandler = (request, _response, next) => {
  if (tooDeep(request.body))
    throw new ScimRefusal('invalidSyntax', `The body nests deeper than ${DEEPEST} levels.`);
  next();
};

/** What body-parser says, in our words. */
const translate =
  (limit: number): ErrorRequestHandler =>
  (error: unknown, _request, _response, next) => {
    const type = (error as { readonly type?: unknown }).type;
    if (type === 'entity.too.large') {
      const message = `The body is larger than ${limit} bytes, the limit set by BODY_LIMIT_BYTES.`;
      next(new AppError('tooLarge', 'scim.body.too-large', message));
      return;
    }
    if (type === 'entity.parse.failed') {
      next(new ScimRefusal('invalidSyntax', 'The body is no valid JSON.'));
      return;
    }
    if (type === 'encoding.unsupported' || type === 'charset.unsupported') {
      next(unsupportedMediaType());
      return;
    }
    // Whatever else body-parser blames on the request: a body that is not in its encoding, shorter than it says, …
    const { status } = error as { readonly status?: unknown };
    if (status === 400) {
      next(
        new ScimRefusal(
          'invalidSyntax',
          'The body cannot be read: it is not in the encoding or of the length that its headers say.',
        ),
      );
      return;
    }
    next(error);
  };

/** Reads the body of a request into `request.body`. */
export const readJsonBody = (limit: number): readonly (RequestHandler | ErrorRequestHandler)[] => [
  checkMediaType,
  express.json({ type: MEDIA_TYPES, limit, strict: true }),
  checkDepth,
  translate(limit),
];
