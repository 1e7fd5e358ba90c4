/**
 * What a caller may set, and what holds when nothing is set.
 * The one place where clock, tokens and numbers get a default.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { INVITE_REFUSAL_STATUS } from './assumptions.ts';
import type { Credential, TokenKind } from './credentials.ts';
import { chooseScim, type ScimBehaviour, type ScimChoice } from './scim/behaviour.ts';

export type Log = (event: string, fields: Record<string, unknown>) => void;

export interface EmulatorOptions {
  /** Slug of the workspace, as in `/api/acme/…`. */
  readonly workspace?: string | undefined;
  /** Active and pending people of a new workspace; from 6 on one of them is pending and a former one is extra. */
  readonly people?: number | undefined;
  readonly groups?: number | undefined;
  /** Connections (data sources) of a new workspace. */
  readonly connections?: number | undefined;
  /** Collections (spaces) of a new workspace, without the private ones of single people. */
  readonly collections?: number | undefined;
  readonly token?: string | undefined;
  readonly secret?: string | undefined;
  readonly tokenKind?: TokenKind | undefined;
  /** More credentials beside the first. */
  readonly credentials?: readonly Credential[] | undefined;
  /** Keeps the state in this folder; without it, it lives in memory. */
  readonly dataDir?: string | undefined;
  /** Empties the folder first (only the emulator's own files). */
  readonly fresh?: boolean | undefined;
  readonly webhooks?: readonly string[] | undefined;
  readonly inviteRefusalStatus?: number | undefined;
  /** Kinds of key that may not invite. */
  readonly inviteRefusedFor?: readonly TokenKind[] | undefined;
  /** Lets a pending person be put into a group (UNKNOWN in the facts; default: no, 404). */
  readonly pendingInGroups?: boolean | undefined;
  /** How Mode's own SCIM endpoint behaves; off unless `enabled`. */
  readonly scim?: Partial<ScimBehaviour> | undefined;
  readonly scimToken?: string | undefined;
  /** Whether the workspace's plan has the Discovery API (CONFIRMED-O that not every plan has; default: yes). */
  readonly discovery?: boolean | undefined;
  /** Lets SAML bring back a former member (UNKNOWN in the facts; default: no, as "cannot rejoin" has it). */
  readonly formerMayRejoin?: boolean | undefined;
  /** Lets a removal over REST fire the webhook, as one by hand does (UNKNOWN in the facts; default: no). */
  readonly webhookOnRestRemoval?: boolean | undefined;
  readonly now?: (() => Date) | undefined;
  readonly newToken?: (() => string) | undefined;
  readonly newUuid?: (() => string) | undefined;
  readonly log?: Log | undefined;
}

export interface Settings {
  readonly slug: string;
  readonly people: number;
  readonly groups: number;
  readonly connections: number;
  readonly collections: number;
  readonly credentials: readonly Credential[];
  readonly inviteRefusalStatus: number;
  readonly inviteRefusedFor: ReadonlySet<TokenKind>;
  readonly pendingInGroups: boolean;
  readonly scim: ScimChoice;
  readonly discovery: boolean;
  readonly formerMayRejoin: boolean;
  readonly webhookOnRestRemoval: boolean;
  readonly now: () => Date;
  readonly newToken: () => string;
  readonly newUuid: () => string;
  readonly log: Log;
}

/** The credential of an emulator that was given none; any format will do (UNKNOWN in the facts). */
export const DEFAULT_TOKEN = 'e3b0c44298fc';
export const DEFAULT_SECRET = '1c149afbf4c8996fb92427ae';

const SLUG = /^[a-z0-9][a-z0-9-]{0,62}$/;

const count = (name: string, value: number, least: number): number => {
  if (Number.isInteger(value) && value >= least && value <= 1_000_000) return value;
  throw new RangeError(`${name} must be a whole number from ${least} to 1000000, not ${value}.`);
};

const sizes = (options: EmulatorOptions) => ({
  people: count('people', options.people ?? 40, 1),
  groups: count('groups', options.groups ?? 8, 0),
  connections: count('connections', options.connections ?? 5, 0),
  collections: count('collections', options.collections ?? 12, 0),
});

const sources = (options: EmulatorOptions): Pick<Settings, 'now' | 'newToken' | 'newUuid' | 'log'> => ({
  now: options.now ?? (() => new Date()),
  newToken: options.newToken ?? (() => randomBytes(6).toString('hex')),
  newUuid: options.newUuid ?? randomUUID,
  log: options.log ?? (() => undefined),
});

const firstCredential = (options: EmulatorOptions): Credential => ({
  token: options.token ?? DEFAULT_TOKEN,
  secret: options.secret ?? DEFAULT_SECRET,
  kind: options.tokenKind ?? 'personal',
});

/** Fills in what was left out. Refusing both Workspace (CONFIRMED-O) and Member keys (REPORTED) to invite is the default. */
export const resolveSettings = (options: EmulatorOptions): Settings => {
  const slug = options.workspace ?? 'acme';
  if (!SLUG.test(slug) || slug === 'account' || slug === 'verify') {
    throw new RangeError(`workspace must be lower-case letters, digits and hyphens, not "${slug}".`);
  }
  return {
    slug,
    ...sizes(options),
    credentials: [firstCredential(options), ...(options.credentials ?? [])],
    inviteRefusalStatus: options.inviteRefusalStatus ?? INVITE_REFUSAL_STATUS,
    inviteRefusedFor: new Set(options.inviteRefusedFor ?? ['workspace', 'member']),
    pendingInGroups: options.pendingInGroups ?? false,
    scim: chooseScim(options.scim, options.scimToken),
    discovery: options.discovery ?? true,
    formerMayRejoin: options.formerMayRejoin ?? false,
    webhookOnRestRemoval: options.webhookOnRestRemoval ?? false,
    ...sources(options),
  };
};
