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

/** Code of the error of whoever decrypts with another key. */
export const UNREADABLE = 'security.secrets.unreadable';

/**
 * Decrypts what `seal` made. Throws AppError `unavailable` when the key is another one or the text was altered: Mode has
 * refused nothing, and all that waits for it goes on once the right key is there.
 */
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
      'unavailable',
      UNREADABLE,
      'Stored credentials cannot be decrypted: ENCRYPTION_KEY is not the one with which they were given. Set that one, or give them anew: mode-scim-bridge connection renew.',
      { cause },
    );
  }
};
