/** The checks that need no database: the program, its configuration, and whether the server answers. */
import { arch, platform, versions } from 'node:process';
import { type Config, type ConfigEntry, readEncryptionKey } from '../../config.ts';
import { VERSION } from '../../version.ts';
import { inWords } from '../output.ts';
import { type Check, type Finding, fail, ok, warn } from './check.ts';

export interface Installation {
  readonly config: Config;
  readonly entries: readonly ConfigEntry[];
}

/** As package.json says in `engines`. */
const OLDEST_NODE = [20, 19] as const;

const node = (): readonly Finding[] => {
  const [major = 0, minor = 0] = versions.node.split('.').map(Number);
  const what = `Node ${versions.node} on ${platform} ${arch}, mode-scim-bridge ${VERSION}`;
  const isOld = major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1]);
  return isOld ? [fail(what, `Node ${OLDEST_NODE.join('.')} or newer is needed.`)] : [ok(what)];
};

const configuration = ({ entries }: Installation): readonly Finding[] => {
  const wrong = entries.filter(({ problem }) => problem !== null);
  if (wrong.length > 0) {
    return wrong.map(({ key, problem }) =>
      fail(
        `${key}: ${problem}; the default stands in for it here`,
        'docs/configuration.md says what it may be.',
      ),
    );
  }
  const given = entries.filter(({ source }) => source === 'environment');
  const shown = given.map(({ key, value }) => `${key}=${value ?? ''}`).join(' ');
  const rest = `${entries.length - given.length} of ${entries.length} keys by default`;
  return [ok(shown === '' ? rest : `${shown}; ${rest}`)];
};

const encryptionKey = ({ config }: Installation): readonly Finding[] => {
  readEncryptionKey(config);
  return [
    ok(`32 bytes, from ${config.ENCRYPTION_KEY === undefined ? 'ENCRYPTION_KEY_FILE' : 'ENCRYPTION_KEY'}`),
  ];
};

/** How long an HTTP server may take to say whether it is there. */
const KNOCK_MS = 3_000;

interface Knocked {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

const knock = async (url: string): Promise<Knocked> => {
  const answer = await fetch(url, { signal: AbortSignal.timeout(KNOCK_MS), redirect: 'manual' });
  const body: unknown = await answer.json().catch(() => ({}));
  return { status: answer.status, body: typeof body === 'object' && body !== null ? { ...body } : {} };
};

const isLocal = (host: string): boolean => /^(localhost|127\.|\[::1\]|0\.0\.0\.0)/.test(host);

const judgePublicUrl = (text: string): Finding => {
  const { protocol, hostname } = new URL(text);
  const remedy = 'Set PUBLIC_URL to the https address as the identity provider sees it, with TLS in front.';
  if (isLocal(hostname))
    return warn(`${text} leads to this machine: no identity provider reaches it.`, remedy);
  if (protocol !== 'https:')
    return warn(`${text} is not https: tokens would travel in the clear, and Entra refuses it.`, remedy);
  return ok(text);
};

const publicUrl = async ({ config }: Installation): Promise<readonly Finding[]> => {
  if (config.PUBLIC_URL === undefined) {
    const what = `not set: http://localhost:${config.PORT} is used, which no identity provider reaches.`;
    return [warn(what, 'Set PUBLIC_URL=https://… as the identity provider sees it.')];
  }
  const judged = judgePublicUrl(config.PUBLIC_URL);
  try {
    const { status, body } = await knock(`${config.PUBLIC_URL}/healthz`);
    if (status === 200 && body['status'] === 'ok') return [judged];
    const remedy = 'Look at the proxy in front of the bridge.';
    return [
      judged,
      warn(`${config.PUBLIC_URL}/healthz answers ${status}, and not as the bridge does.`, remedy),
    ];
  } catch (error) {
    const remedy =
      'It may be reachable from outside all the same; else start the server, or look at proxy and DNS.';
    return [judged, warn(`${config.PUBLIC_URL} does not answer from here (${inWords(error)}).`, remedy)];
  }
};

interface Said {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly message?: unknown;
}

const saidBy = (value: unknown): readonly Said[] => (Array.isArray(value) ? (value as readonly Said[]) : []);

/** What the server that runs here says of itself: only it knows whether it has stopped calling a Mode that is down. */
const server = async ({ config }: Installation): Promise<readonly Finding[]> => {
  const host = /^(0\.0\.0\.0|::)$/.test(config.HOST) ? '127.0.0.1' : config.HOST;
  const at = `http://${host.includes(':') ? `[${host}]` : host}:${config.PORT}`;
  try {
    const { status, body } = await knock(`${at}/readyz`);
    const troubles = saidBy(body['connections']).map(({ name, message }) =>
      warn(`It says of ${String(name)}: ${String(message)}`),
    );
    if (status === 200 && body['status'] === 'ready') return [ok(`runs at ${at} and is ready`), ...troubles];
    if (status !== 503 || body['status'] !== 'not ready')
      return [
        fail(`Something else answers at ${at}.`, 'Choose another port with PORT, or stop the other program.'),
      ];
    return [fail(`runs at ${at} and is not ready: ${String(body['reason'])}`)];
  } catch (error) {
    return [
      warn(`No server answers at ${at} (${inWords(error)}).`, 'Start it: npm start. Or it runs elsewhere.'),
    ];
  }
};

export const installationChecks: readonly Check<Installation>[] = [
  { name: 'program', look: node },
  { name: 'configuration', look: configuration },
  { name: 'encryption key', look: encryptionKey },
  { name: 'PUBLIC_URL', look: publicUrl },
  { name: 'server', look: server },
];
