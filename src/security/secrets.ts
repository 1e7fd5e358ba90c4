/** Secrets at rest: AES-256-GCM with a key from the environment, bound to what they belong to. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { AppError } from '../errors.ts';

const FORMAT = 'v1';

/** Encrypts text for storage. `belongsTo` (the connection's id) must be given again to read it: a copied row is useless. */
export const seal = (key: Buffer, belongsTo: string, text: string): string => {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(belongsTo));
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return [FORMAT, nonce.toString('base64url'), sealed.toString('base64url')].join('.');
};

/** Decrypts what `seal` made. Throws AppError `invalid` when the key is another one or the text was altered. */
export const unseal = (key: Buffer, belongsTo: string, sealed: string): string => {
  const [format, nonce = '', body = ''] = sealed.split('.');
  const bytes = Buffer.from(body, 'base64url');
  try {
    if (format !== FORMAT) throw new Error('unknown format');
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce, 'base64url'))
      .setAAD(Buffer.from(belongsTo))
      .setAuthTag(bytes.subarray(-16));
    return Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()]).toString('utf8');
  } catch (cause) {
    throw new AppError(
      'invalid',
      'security.secrets.unreadable',
      'Stored credentials cannot be decrypted: ENCRYPTION_KEY is not the one with which the connection was added.',
      { cause },
    );
  }
};
