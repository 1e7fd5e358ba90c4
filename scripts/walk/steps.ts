/** The walk: what an identity provider sends in a person's life, in Okta's and in Entra's words, and what Mode holds then. */

export interface Truth {
  readonly members: readonly {
    readonly email: string;
    readonly memberToken: string;
    readonly state: string;
  }[];
  readonly invites: readonly { readonly email: string; readonly acceptedAt: string | null }[];
  readonly groups: readonly {
    readonly token: string;
    readonly name: string;
    readonly state: string;
    readonly memberTokens: readonly string[];
  }[];
}

export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** What the steps have learnt so far, by name: `ADA` for her SCIM id. */
export type Names = Map<string, string>;

export interface ScimStep {
  readonly kind: 'scim';
  readonly says: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  readonly status: number;
  /** Keeps the id of the answer under this name; `{NAME}` in later steps means it. */
  readonly idAs?: string;
  /** Shows these attributes of the answer in the transcript. */
  readonly shows?: readonly string[];
}

export interface ModeStep {
  readonly kind: 'mode';
  readonly says: string;
  /** Somebody does something in Mode. */
  readonly act?: { readonly path: string; readonly body: unknown };
  /** What must be true in Mode, soon: the bridge may be told by a webhook. */
  readonly holds: (truth: Truth) => unknown;
  readonly expected: unknown;
}

export type Step = ScimStep | ModeStep;

const EMAIL = 'ada.lovelace@acme.example';
const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

const standing = ({ members }: Truth) =>
  members.find(({ email }) => email === EMAIL)?.state ?? 'not a member';
const invitations = ({ invites }: Truth) => invites.filter(({ email }) => email === EMAIL).length;
const groupsWithHer = ({ members, groups }: Truth) => {
  const token = members.find(({ email }) => email === EMAIL)?.memberToken ?? '';
  return groups
    .filter(({ state, memberTokens }) => state === 'active' && memberTokens.includes(token))
    .map(({ name }) => name)
    .sort();
};
const inMode = (truth: Truth) => ({ standing: standing(truth), groups: groupsWithHer(truth) });

const patch = (...Operations: readonly unknown[]) => ({ schemas: [PATCH_OP], Operations });
const her = '/Users/{ADA}';
const newGroup = (displayName: string, idAs: string): ScimStep => ({
  kind: 'scim',
  says: `A group, "${displayName}".`,
  method: 'POST',
  path: '/Groups',
  body: { schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'], displayName, members: [] },
  status: 201,
  idAs,
  shows: ['displayName', 'members'],
});
const stillThere = (active: boolean): ScimStep => ({
  kind: 'scim',
  says: active ? 'SCIM shows her active, in her groups.' : 'SCIM still shows her, inactive, in her groups.',
  method: 'GET',
  path: her,
  status: 200,
  shows: ['userName', 'active', 'groups'],
});

/** The steps in order. */
export const STEPS: readonly Step[] = [
  {
    kind: 'scim',
    says: 'The provider looks whether she exists (Okta and Entra do so before they create).',
    method: 'GET',
    path: `/Users?filter=${encodeURIComponent(`userName eq "${EMAIL}"`)}`,
    status: 200,
    shows: ['totalResults', 'Resources'],
  },
  {
    kind: 'scim',
    says: 'She does not: it creates her.',
    method: 'POST',
    path: '/Users',
    body: {
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
      externalId: '00u-ada',
      userName: EMAIL,
      name: { givenName: 'Ada', familyName: 'Lovelace' },
      emails: [{ primary: true, type: 'work', value: EMAIL }],
      active: true,
    },
    status: 201,
    idAs: 'ADA',
    shows: ['userName', 'externalId', 'active'],
  },
  { kind: 'mode', says: 'Mode holds an invitation.', holds: invitations, expected: 1 },
  newGroup('Analytical Engines', 'ENGINES'),
  newGroup('Number Theory', 'NUMBERS'),
  {
    kind: 'mode',
    says: 'She accepts the invitation. Mode calls the webhook, and the bridge learns who she is.',
    act: { path: '/_control/join', body: { email: EMAIL } },
    holds: standing,
    expected: 'active',
  },
  {
    kind: 'scim',
    says: 'She is put into the first group as Entra does it.',
    method: 'PATCH',
    path: '/Groups/{ENGINES}',
    body: patch({ op: 'Add', path: 'members', value: [{ $ref: null, value: '{ADA}' }] }),
    status: 204,
  },
  {
    kind: 'scim',
    says: 'And into the second as Okta does it.',
    method: 'PATCH',
    path: '/Groups/{NUMBERS}',
    body: patch({ op: 'add', path: 'members', value: [{ value: '{ADA}', display: EMAIL }] }),
    status: 204,
  },
  {
    kind: 'mode',
    says: 'Mode has her in both.',
    holds: inMode,
    expected: { standing: 'active', groups: ['Analytical Engines', 'Number Theory'] },
  },
  {
    kind: 'scim',
    says: "She leaves: deactivated in Entra's form.",
    method: 'PATCH',
    path: her,
    body: patch({ op: 'Replace', path: 'active', value: 'False' }),
    status: 200,
    shows: ['active'],
  },
  { kind: 'mode', says: 'She is out of Mode.', holds: inMode, expected: { standing: 'former', groups: [] } },
  stillThere(false),
  {
    kind: 'scim',
    says: 'She comes back: active again.',
    method: 'PATCH',
    path: her,
    body: patch({ op: 'Replace', path: 'active', value: 'True' }),
    status: 200,
    shows: ['active'],
  },
  { kind: 'mode', says: 'Mode invites her again.', holds: standing, expected: 'pending' },
  {
    kind: 'mode',
    says: 'She accepts, and is back in both groups without anybody sending them again.',
    act: { path: '/_control/join', body: { email: EMAIL } },
    holds: inMode,
    expected: { standing: 'active', groups: ['Analytical Engines', 'Number Theory'] },
  },
  {
    kind: 'scim',
    says: "She leaves again: deactivated in Okta's form.",
    method: 'PATCH',
    path: her,
    body: patch({ op: 'replace', value: { active: false } }),
    status: 200,
    shows: ['active'],
  },
  { kind: 'mode', says: 'She is out of Mode.', holds: inMode, expected: { standing: 'former', groups: [] } },
  stillThere(false),
  { kind: 'scim', says: 'A group is deleted.', method: 'DELETE', path: '/Groups/{NUMBERS}', status: 204 },
  {
    kind: 'mode',
    says: 'It is gone from Mode.',
    holds: ({ groups }) =>
      groups.filter(({ name, state }) => state === 'active' && name.startsWith('Number Theory')).length,
    expected: 0,
  },
  {
    kind: 'scim',
    says: 'And from her.',
    method: 'GET',
    path: her,
    status: 200,
    shows: ['active', 'groups'],
  },
];
