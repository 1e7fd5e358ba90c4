/** What Mode says to the tokens of a connection, as it is kept for every process. */

/** The token that a connection cannot do without, which is that of the API wherever there is one; or SCIM's beside it. */
export type CheckedToken = 'credentials' | 'scim';

/** What Mode said to the last check of a token, whichever process made it. */
export interface CredentialCheck {
  /** Null while Mode accepts it. */
  readonly refusedSince: string | null;
  readonly checkedAt: string;
}
