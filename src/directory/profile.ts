/** What Mode can be told of a person. REST takes the address alone (mode-api.md §5), SCIM what its schemas have. */
export interface Profile {
  readonly email: string;
  readonly userName: string;
  readonly givenName: string | null;
  readonly familyName: string | null;
  readonly displayName: string | null;
  readonly externalId: string | null;
}
