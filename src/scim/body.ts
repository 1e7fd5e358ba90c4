/** Request bodies: JSON of either media type (RFC 7644 §3.1, §8.1), bounded in size and depth, refused in SCIM's words. */
import express, { type ErrorRequestHandler, type RequestHandler } from 'express';
import { AppError } from '../errors.ts';
import { ScimRefusal } from './errors.ts';

/** No SCIM message nests this deep; deeper ones are made to exhaust the stack. */
const DEEPEST = 32;
/** Values in one body: more than the members of any group that fit into 4 MB; denser bodies are made to exhaust the processor. */
const MOST_VALUES = 100_000;

const MEDIA_TYPES = ['application/scim+json', 'application/json'];

const unsupportedMediaType = () =>
  new AppError(
    'mediaType',
    'scim.body.media-type',
    'Send the body as application/scim+json or application/json, in UTF-8.',
  );

/**
 * Libraries label plain JSON with a charset that nobody chose (REST Assured does). JSON is UTF-8 (RFC 8259 §8.1), and so is
 * ASCII; a body that is labelled so is read if it is.
 */
const ASCII_LABEL = /;\s*charset="?(?:us-ascii|iso-8859-1|latin1|windows-1252)"?/i;
const labelledAscii = new WeakSet<object>();

const checkMediaType: RequestHandler = (request, _response, next) => {
  const hasBody =
    request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
  if (hasBody && request.is(MEDIA_TYPES) === false) throw unsupportedMediaType();
  const label = request.headers['content-type'];
  if (label !== undefined && ASCII_LABEL.test(label)) {
    request.headers['content-type'] = label.replace(ASCII_LABEL, '');
    labelledAscii.add(request);
  }
  next();
};

/** Members of one object: far more than any schema has. */
const MOST_NAMES = 1_000;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Where the JSON text that begins with the quote at `start` ends; the end of the body where it does not. */
const endOfText = (body: Buffer, start: number): number => {
  for (let at = body.indexOf(QUOTE, start + 1); at !== -1; at = body.indexOf(QUOTE, at + 1)) {
    let slashes = 0;
    while (body[at - 1 - slashes] === BACKSLASH) slashes += 1;
    if (slashes % 2 === 0) return at;
  }
  return body.length;
};

const tooMuch = (what: string): never => {
  throw new ScimRefusal('invalidSyntax', `The body ${what}.`);
};

/** How far into a body one has read. */
interface Place {
  /** The arrays and objects that are open, the innermost last. */
  readonly open: { readonly isObject: boolean; members: number }[];
  values: number;
}

const enter = ({ open }: Place, isObject: boolean): void => {
  open.push({ isObject, members: 1 });
  if (open.length > DEEPEST) tooMuch(`nests deeper than ${DEEPEST} levels`);
};

const next = (place: Place): void => {
  place.values += 1;
  if (place.values > MOST_VALUES) tooMuch(`holds more than ${MOST_VALUES} values; send it in parts`);
  const innermost = place.open.at(-1);
  if (!innermost?.isObject) return;
  innermost.members += 1;
  if (innermost.members > MOST_NAMES) tooMuch(`holds an object of more than ${MOST_NAMES} members`);
};

/** What a byte outside of a text means. */
const STEPS: ReadonlyMap<number | undefined, (place: Place) => void> = new Map([
  [0x7b, (place) => enter(place, true)], // {
  [0x5b, (place) => enter(place, false)], // [
  [0x7d, ({ open }) => void open.pop()], // }
  [0x5d, ({ open }) => void open.pop()], // ]
  [0x2c, next], // ,
]);

/**
 * Refuses a body that is built to cost time, by its bytes and before it is parsed: parsing and walking through it is what
 * would cost. In UTF-8 no byte of another character looks like one of JSON's.
 */
const checkShape = (request: object, _response: unknown, body: Buffer, charset: string): void => {
  const isOther = labelledAscii.has(request) && body.some((byte) => byte > 0x7f);
  if (charset !== 'utf-8' || isOther) throw unsupportedMediaType();
  const place: Place = { open: [], values: 0 };
  for (let at = 0; at < body.length; at += 1) {
    const byte = body[at];
    if (byte === QUOTE) at = endOfText(body, at);
    else STEPS.get(byte)?.(place);
  }
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
  express.json({ type: MEDIA_TYPES, limit, strict: true, verify: checkShape }),
  translate(limit),
];
