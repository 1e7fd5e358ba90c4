/**
 * How much one Bulk request may hold (RFC 7644 §3.7.4). The numbers are those that /ServiceProviderConfig shows, read from
 * the same document; an operator's BODY_LIMIT_BYTES can only lower the size.
 */
import type { ErrorRequestHandler, RequestHandler } from 'express';
import { readSchemaFile } from '../../directory/schema.ts';
import { AppError } from '../../errors.ts';
import { readJsonBody } from '../body.ts';

interface BulkLimits {
  readonly maxOperations: number;
  readonly maxPayloadSize: number;
}

const BULK_LIMITS: BulkLimits = readSchemaFile<{ readonly bulk: BulkLimits }>('service-provider-config').bulk;

/** RFC 7644 §3.7.4: "The returned response MUST specify the limit exceeded in the body of the error response." */
const nameLimit = (bodyLimit: number): ErrorRequestHandler => {
  const { maxPayloadSize } = BULK_LIMITS;
  const message =
    bodyLimit < maxPayloadSize
      ? `The size of the bulk operation exceeds ${bodyLimit} bytes, to which BODY_LIMIT_BYTES lowers the maxPayloadSize (${maxPayloadSize}) here.`
      : `The size of the bulk operation exceeds the maxPayloadSize (${maxPayloadSize}).`;
  return (error: unknown, _request, _response, next) => {
    const tooLarge = error instanceof AppError && error.kind === 'tooLarge';
    next(tooLarge ? new AppError('tooLarge', 'scim.bulk.payload-too-large', message) : error);
  };
};

/** Reads the body of a Bulk request into `request.body`; later readers find it there and leave it alone. */
export const readBulkBody = (bodyLimit: number): readonly (RequestHandler | ErrorRequestHandler)[] => [
  ...readJsonBody(Math.min(bodyLimit, BULK_LIMITS.maxPayloadSize)),
  nameLimit(bodyLimit),
];

/** RFC 7644 §3.7.4: 413 naming the limit when there are more operations than maxOperations. */
export const checkOperationCount = (count: number): void => {
  const { maxOperations } = BULK_LIMITS;
  if (count <= maxOperations) return;
  const message = `The bulk operation holds ${count} operations, which exceeds the maxOperations (${maxOperations}).`;
  throw new AppError('tooLarge', 'scim.bulk.too-many-operations', message);
};
