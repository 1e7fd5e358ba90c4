/** Which of a person's addresses Mode is to know, and by which she is recognised there. */
import { fold } from '../fold.ts';
import type { Attributes, UserRecord } from '../model.ts';

interface Email {
  readonly value?: unknown;
  readonly type?: unknown;
  readonly primary?: unknown;
}

const looksLikeEmail = (text: unknown): text is string =>
  typeof text === 'string' && /^[^\s@]{1,64}@[^\s@]{1,255}$/.test(text);

const emailsOf = (attributes: Attributes): readonly Email[] =>
  Array.isArray(attributes['emails']) ? (attributes['emails'] as readonly Email[]) : [];

/** The address to invite: the primary e-mail, else the work one, else the first, else a userName that is an address. */
export const inviteAddress = (attributes: Attributes): string | null => {
  const emails = emailsOf(attributes).filter(({ value }) => looksLikeEmail(value));
  const chosen =
    emails.find(({ primary }) => primary === true) ?? emails.find(({ type }) => type === 'work') ?? emails[0];
  const address = chosen?.value ?? attributes['userName'];
  return looksLikeEmail(address) ? address : null;
};

/** Every address of a person, folded: userName and all e-mails. */
export const addressesOf = (attributes: Attributes): readonly string[] =>
  [attributes['userName'], ...emailsOf(attributes).map(({ value }) => value)]
    .filter(looksLikeEmail)
    .map(fold);

/**
 * Whether somebody is wanted in Mode but cannot be invited, because no address of hers is known. She is kept, shown as
 * such, and invited as soon as an address arrives: RFC 7643 §4.1 asks for no more than a userName.
 */
export const isUnaddressed = (
  user: Pick<UserRecord, 'active' | 'memberToken' | 'invitedAt' | 'attributes'>,
): boolean =>
  user.active &&
  user.memberToken === null &&
  user.invitedAt === null &&
  inviteAddress(user.attributes) === null;
