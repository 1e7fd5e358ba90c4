/**
 * The door of this folder: builds the way to one Mode workspace. What is known of how much Mode takes belongs to the
 * workspace (`ModeLine`) and is shared by all that calls it; kept sockets and whether Mode accepts the token belong to
 * the credential.
 */

import type { CheckedToken, CredentialCheck } from '../directory/connections/credential-check.ts';
import type { Log } from '../directory/deps.ts';
import type { Connection } from '../directory/model.ts';
import type { Upstream } from '../directory/upstream.ts';
import { AppError } from '../errors.ts';
import { createBoth, type Heeding } from './both.ts';
import { type Circuit, createCircuit } from './circuit.ts';
import { type Clock, createClock } from './clock.ts';
import { createExchange, type ExchangeOptions } from './exchange.ts';
import { createHttp, type ModeClient } from './http.ts';
import { createRestUpstream } from './rest.ts';
import { createScimUpstream } from './scim/scim.ts';
import { type Board, createSharing, type Sharing } from './sharing.ts';
import { REST, SCIM } from './surface.ts';
import { createThrottle, type Throttle } from './throttle/throttle.ts';
import { realTiming, type Timing } from './timing.ts';

export { realTiming, type Timing } from './timing.ts';

/** The throttle of one workspace and a circuit for each of its surfaces. One object for all that calls it, a proxy included. */
export interface ModeLine {
  readonly throttle: Throttle;
  readonly circuit: Circuit;
  readonly scimCircuit: Circuit;
  readonly sharing: Sharing;
}

/** A way to Mode. */
export interface ModeUpstream extends Upstream, Heeding {}

/** Mode's SCIM endpoint and its token. Its address is UNKNOWN (mode-api.md §10), so an admin says it. */
export interface ScimCredentials {
  readonly url: string;
  readonly token: string;
}

/** What Mode is called with: token and secret of its API, its SCIM endpoint, or both. */
export interface ModeCredentials {
  readonly token?: string;
  readonly secret?: string;
  readonly scim?: ScimCredentials;
}

interface LineOptions {
  readonly log: Log;
  readonly timing?: Timing | undefined;
  /** Calls under way at once to begin with; 8 when not given. */
  readonly concurrency?: number | undefined;
  /** Where processes that call this workspace tell each other; nobody else calls it when not given. */
  readonly board?: Board | undefined;
}

export interface ModeOptions {
  readonly connection: Pick<Connection, 'modeUrl' | 'workspace'> & Partial<Pick<Connection, 'id' | 'wayIn'>>;
  readonly credentials: ModeCredentials;
  readonly line: ModeLine;
  /** Version of this program, for the User-Agent. */
  readonly version: string;
  readonly log: Log;
  /** How long one call may take at most, in milliseconds; 10,000 when not given. */
  readonly timeoutMs?: number | undefined;
  readonly timing?: Timing | undefined;
  /** Keeps what Mode says to a token for other processes; never throws. */
  readonly remember?: ((token: CheckedToken, check: CredentialCheck) => Promise<void>) | undefined;
}

const TIMEOUT_MS = 10_000;
const CONCURRENCY = 8;

const plainUrl = (text: string): URL | undefined => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain = url?.username === '' && url.password === '' && url.search === '' && url.hash === '';
  return isPlain && /^https?:$/.test(url.protocol) ? url : undefined;
};

const checkModeUrl = (text: string): string => {
  const url = plainUrl(text);
  if (url) return url.href;
  throw new AppError(
    'invalid',
    'mode.index.bad-url',
    "The address of Mode must be a plain http or https URL without credentials or query, such as Mode's own https://app.mode.com.",
  );
};

const isLoopback = ({ hostname }: URL): boolean => /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);

/** Its token opens the whole directory, so it travels encrypted, or not at all. */
const checkScimUrl = (text: string): string => {
  const url = plainUrl(text);
  if (url && (url.protocol === 'https:' || isLoopback(url))) return url.href;
  throw new AppError(
    'invalid',
    'mode.index.bad-scim-url',
    "The address of Mode's SCIM endpoint must be a plain https URL without credentials or query, as Mode's settings show it (http to this machine alone).",
  );
};

/** Makes the line to a workspace; keep it as long as the connection leads to that address. */
export const createModeLine = ({
  log,
  timing = realTiming,
  concurrency = CONCURRENCY,
  board,
}: LineOptions): ModeLine => {
  const onNews = (): void => sharing.tell();
  const circuit = () =>
    createCircuit({
      timing,
      onNews,
      say: (event, fields) => log[event === 'opened' ? 'warn' : 'info'](`mode.circuit.${event}`, fields),
    });
  const parts = {
    throttle: createThrottle({
      timing,
      concurrency,
      onNews,
      onCall: () => sharing.touch(),
      say: (event, fields) => log.info(`mode.throttle.${event}`, fields),
    }),
    circuit: circuit(),
    scimCircuit: circuit(),
  };
  const sharing = createSharing({ ...parts, board, timing, log });
  return { ...parts, sharing };
};

const userAgentOf = ({ connection: { id }, version }: ModeOptions): string =>
  // The id tells our calls from those of another bridge in the same workspace (rest-changes.ts).
  `mode-scim-bridge/${version}${id === undefined ? '' : ` (${id})`}`;

interface Door extends Pick<ExchangeOptions, 'surface' | 'url' | 'authorization' | 'secrets'> {
  readonly circuit: Circuit;
  readonly token: CheckedToken;
}

/** The client of one surface, and the clock that its answers tell. */
const createClient = (
  options: ModeOptions,
  { circuit, token, ...where }: Door,
): { readonly http: ModeClient; readonly clock: Clock } => {
  const { line, log, timing = realTiming, timeoutMs = TIMEOUT_MS, remember = nobody } = options;
  const clock = createClock();
  const exchange = createExchange({
    ...where,
    clock,
    userAgent: userAgentOf(options),
    timeoutMs,
    timing,
    log: (event, fields) => log.debug(event, fields),
  });
  const http = createHttp({
    surface: where.surface,
    exchange,
    throttle: line.throttle,
    circuit,
    refresh: line.sharing.refresh,
    timing,
    remember: (check) => remember(token, check),
    say: (event, fields) => log[event === 'refused' ? 'error' : 'info'](`mode.credential.${event}`, fields),
  });
  return { http, clock };
};

const nobody = async (): Promise<void> => undefined;

const createRest = (options: ModeOptions) => {
  const { connection, line } = options;
  const { token, secret } = options.credentials;
  if (token === undefined || secret === undefined) throw missing('API token and secret', '--mode-token');
  const basic = Buffer.from(`${token}:${secret}`).toString('base64');
  const { http, clock } = createClient(options, {
    surface: REST,
    url: `${checkModeUrl(connection.modeUrl).replace(/\/+$/, '')}/api`,
    authorization: `Basic ${basic}`,
    secrets: [basic, secret, token],
    circuit: line.circuit,
    token: 'credentials',
  });
  const { workspace } = connection;
  const userAgent = userAgentOf(options);
  return createRestUpstream({ http, workspace, userAgent, clock, circuit: line.circuit });
};

const createScim = (options: ModeOptions, checked: CheckedToken) => {
  const { line } = options;
  const { scim } = options.credentials;
  if (scim === undefined) throw missing('SCIM address and token', '--mode-scim-url and --mode-scim-token');
  const { http, clock } = createClient(options, {
    surface: SCIM,
    url: checkScimUrl(scim.url),
    authorization: `Bearer ${scim.token}`,
    secrets: [scim.token],
    circuit: line.scimCircuit,
    token: checked,
  });
  return createScimUpstream({ http, clock, circuit: line.scimCircuit });
};

const missing = (what: string, option: string): AppError =>
  new AppError(
    'invalid',
    'mode.index.missing-credentials',
    `The connection has no ${what} for its way in. Give it one: mode-scim-bridge connection renew with ${option}.`,
  );

/** Makes the upstream of a connection: over REST, over SCIM, or over both where people get in over SCIM. */
export const createMode = (options: ModeOptions): ModeUpstream => {
  if (options.connection.wayIn !== 'scim') return createRest(options);
  if (options.credentials.token === undefined) return createScim(options, 'credentials');
  return createBoth(createRest(options), createScim(options, 'scim'));
};
