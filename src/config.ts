/**
 * The environment, read once and checked: the only reader of `process.env`. Each key says what it means; the page
 * docs/configuration.md is made from these descriptions.
 */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { AppError } from './errors.ts';

const whole = (least: number, most: number) => z.coerce.number().int().min(least).max(most);

const publicUrl = z
  .url({ protocol: /^https?$/ })
  .refine((text) => !/[?#]/.test(text), 'must have no query and no fragment (RFC 7644 §1.3)')
  .transform((text) => text.replace(/\/+$/, ''));

/** Every key of the configuration, with its default. */
export const configSchema = z.object({
  HOST: z.string().default('0.0.0.0').describe('Address to listen on.'),
  PORT: whole(0, 65_535).default(8080).describe('Port to listen on; 0 takes a free one.'),
  PUBLIC_URL: publicUrl
    .optional()
    .describe(
      'Address under which identity providers reach the bridge, e.g. `https://scim.example.com`. `Location` and `$ref` are built from it, never from the Host header. Default: `http://localhost:PORT`.',
    ),
  DATABASE_URL: z
    .string()
    .regex(/^(sqlite:|postgres(ql)?:\/\/)/, 'must begin with sqlite: or postgres://')
    .default('sqlite:./data/bridge.db')
    .describe('`sqlite:FILE` for one instance, `postgres://…` for one or several.'),
  ENCRYPTION_KEY: z
    .string()
    .optional()
    .describe(
      'Key that encrypts Mode credentials: 32 bytes in base64 or hex (`openssl rand -base64 32`). Required by `serve`, `sync`, `plan`, `apply` and `connection add`, `renew`, `test` and `set --way-in`, unless ENCRYPTION_KEY_FILE is set.',
    ),
  ENCRYPTION_KEY_FILE: z.string().optional().describe('File that holds the key, instead of ENCRYPTION_KEY.'),
  ADMIN_TOKEN: z
    .string()
    .min(16, 'must have 16 characters or more')
    .optional()
    .describe('A token for administrators, besides those issued by `token issue --admin`.'),
  LOG_LEVEL: z
    .enum(['error', 'warn', 'info', 'debug'])
    .default('info')
    .describe(
      'What is logged. Commands that print what came of them log errors alone, as text, unless this or LOG_FORMAT is set.',
    ),
  LOG_FORMAT: z
    .enum(['json', 'text'])
    .default('json')
    .describe('`json`: one object a line; `text`: for a person at a terminal.'),
  BODY_LIMIT_BYTES: whole(1024, 64 * 1024 * 1024)
    .default(4 * 1024 * 1024)
    .describe(
      'Largest request body; larger ones get 413. A PUT of a group of 10,000 members has about 1.5 MB.',
    ),
  SYNC_INTERVAL_SECONDS: whole(0, 86_400)
    .default(900)
    .describe(
      'How old may become what was read from Mode in full; then everything is read again, at the start too. 0 never.',
    ),
  CHANGES_INTERVAL_SECONDS: whole(0, 86_400)
    .default(30)
    .describe(
      "How often Mode's audit log is read for what changed between full syncs, where the API token may (Workspace tokens alone): one call, and one for each group that changed. 0 never.",
    ),
  ACCESS_SYNC_INTERVAL_SECONDS: whole(0, 2_592_000)
    .default(86_400)
    .describe(
      'How often the connections and collections that `/Entitlements` lists are read from Mode (2 calls, one more for each further 30 collections), the first time after the first sync; 0 never.',
    ),
  SETTLE_INTERVAL_MS: whole(50, 60_000)
    .default(1_000)
    .describe('How often changes that Mode has not taken yet are looked for.'),
  SETTLE_RETRY_MS: whole(10, 60_000)
    .default(2_000)
    .describe(
      'How long a change that Mode has not taken waits before it is tried again, unless Mode says how long; twice as long each time, five minutes at most.',
    ),
  MODE_TIMEOUT_MS: whole(100, 60_000)
    .default(10_000)
    .describe('How long one call to Mode may take before it counts as unanswered.'),
  MODE_LATE_MS: whole(0, 600_000)
    .default(60_000)
    .describe(
      'How long a change that Mode was asked for and did not answer may still take effect there. Until then an invitation or a new group is looked for and not asked for again, so that nobody is invited twice (docs/decisions/011-lost-answers.md).',
    ),
  REQUEST_PATIENCE_MS: whole(1_000, 25_000)
    .default(22_000)
    .describe(
      'How long a SCIM request waits for Mode before it is answered 503 and carried on in the background.',
    ),
});

export type Config = z.infer<typeof configSchema>;

/** The environment as far as it says something: a variable that is set to nothing, as compose sets what has no value, is none. */
const environment = (): Readonly<Record<string, string | undefined>> =>
  Object.fromEntries(Object.entries(process.env).filter(([, text]) => text?.trim()));

/**
 * Reads the configuration; `instead` are defaults for keys that the environment does not have. Throws AppError `invalid`
 * naming each wrong key and what it must be; values are not shown, because some are secrets.
 */
export const readConfig = (instead: Partial<Config> = {}): Config => {
  const result = configSchema.safeParse({ ...instead, ...environment() });
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new AppError('invalid', 'config.refused', `The configuration is wrong. ${problems.join('; ')}`);
};

/** One key of the configuration as it holds now. */
export interface ConfigEntry {
  readonly key: string;
  /** Null where there is none; of a secret no more than that it is there. */
  readonly value: string | null;
  readonly source: 'environment' | 'default';
  /** What is wrong with what the environment says; the default stands in for it. */
  readonly problem: string | null;
}

const SECRETS: ReadonlySet<string> = new Set(['ENCRYPTION_KEY', 'ADMIN_TOKEN']);

/** The password of a URL is nobody's business. */
const shownValue = (key: string, value: unknown): string | null => {
  if (value === undefined) return null;
  return SECRETS.has(key) ? '(set)' : String(value).replace(/(:\/\/[^:@/]*):[^@/]*@/, '$1:…@');
};

/** The configuration key by key, as far as it is right: for who wants to know what is wrong with an installation. */
export const explainConfig = (): { readonly config: Config; readonly entries: readonly ConfigEntry[] } => {
  const said = environment();
  const entries: ConfigEntry[] = [];
  const values: Record<string, unknown> = {};
  for (const [key, schema] of Object.entries(configSchema.shape)) {
    const given = said[key];
    const read = schema.safeParse(given);
    values[key] = read.success ? read.data : schema.safeParse(undefined).data;
    entries.push({
      key,
      value: shownValue(key, values[key]),
      source: given === undefined ? 'default' : 'environment',
      problem: read.success ? null : read.error.issues.map(({ message }) => message).join('; '),
    });
  }
  return { config: values as Config, entries };
};

/**
 * The encryption key of the configuration: 32 bytes. Throws AppError `invalid` when there is none or it is no key;
 * the bridge never invents one silently, since losing it loses every stored credential.
 */
export const readEncryptionKey = (config: Config): Buffer => {
  const text = config.ENCRYPTION_KEY ?? readKeyFile(config.ENCRYPTION_KEY_FILE);
  if (text === undefined) {
    const remedy =
      'Set ENCRYPTION_KEY (openssl rand -base64 32) or ENCRYPTION_KEY_FILE, and keep a copy of it.';
    throw new AppError('invalid', 'config.no-encryption-key', `No encryption key. ${remedy}`);
  }
  const trimmed = text.trim();
  const key = Buffer.from(trimmed, /^[0-9a-f]{64}$/i.test(trimmed) ? 'hex' : 'base64');
  if (key.length === 32) return key;
  throw new AppError(
    'invalid',
    'config.bad-encryption-key',
    `The encryption key must be 32 bytes in base64 or hex; this one has ${key.length}. Make one: openssl rand -base64 32`,
  );
};

const readKeyFile = (path: string | undefined): string | undefined => {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const message = `The encryption key cannot be read: ENCRYPTION_KEY_FILE names ${path}.`;
    throw new AppError('invalid', 'config.no-encryption-key-file', message, { cause });
  }
};
