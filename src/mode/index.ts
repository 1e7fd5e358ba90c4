/**
 * The door of this folder: builds the way to one Mode workspace. What is known of how much Mode takes belongs to the
 * workspace (`ModeLine`) and is shared by all that calls it; kept sockets and whether Mode accepts the token belong to
 * the credential.
 */
import type { Log } from '../directory/deps.ts';
import type { Connection, CredentialCheck } from '../directory/model.ts';
import { AppError } from '../errors.ts';
import { type Circuit, createCircuit } from './circuit.ts';
import { createExchange } from './exchange.ts';
import { createHttp } from './http.ts';
import { createRestUpstream, type RestUpstream } from './rest.ts';
import { REST } from './surface.ts';
import { createThrottle, type Throttle } from './throttle/throttle.ts';
import { realTiming, type Timing } from './timing.ts';

export type { RestUpstream } from './rest.ts';
export { realTiming, type Timing } from './timing.ts';

/** The throttle and the circuit of one workspace. One object for all that calls it, a proxy included. */
export interface ModeLine {
  readonly throttle: Throttle;
  readonly circuit: Circuit;
}

interface LineOptions {
  readonly log: Log;
  readonly timing?: Timing | undefined;
  /** Calls under way at once to begin with; 8 when not given. */
  readonly concurrency?: number | undefined;
}

export interface ModeOptions {
  readonly connection: Pick<Connection, 'modeUrl' | 'workspace'> & Partial<Pick<Connection, 'id'>>;
  readonly credentials: { readonly token: string; readonly secret: string };
  readonly line: ModeLine;
  /** Version of this program, for the User-Agent. */
  readonly version: string;
  readonly log: Log;
  /** How long one call may take at most, in milliseconds; 10,000 when not given. */
  readonly timeoutMs?: number | undefined;
  readonly timing?: Timing | undefined;
  /** Keeps what Mode says to the credential for other processes; never throws. */
  readonly remember?: ((check: CredentialCheck) => Promise<void>) | undefined;
}

const TIMEOUT_MS = 10_000;
const CONCURRENCY = 8;

const checkModeUrl = (text: string): string => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain = url?.username === '' && url.password === '' && url.search === '' && url.hash === '';
  if (isPlain && /^https?:$/.test(url.protocol)) return url.href;
  throw new AppError(
    'invalid',
    'mode.index.bad-url',
    "The address of Mode must be a plain http or https URL without credentials or query, such as Mode's own https://app.mode.com.",
  );
};

/** Makes the line to a workspace; keep it as long as the connection leads to that address. */
export const createModeLine = ({
  log,
  timing = realTiming,
  concurrency = CONCURRENCY,
}: LineOptions): ModeLine => ({
  throttle: createThrottle({
    timing,
    concurrency,
    say: (event, fields) => log.info(`mode.throttle.${event}`, fields),
  }),
  circuit: createCircuit({
    timing,
    say: (event, fields) => log[event === 'opened' ? 'warn' : 'info'](`mode.circuit.${event}`, fields),
  }),
});

/** Makes the upstream of a connection. */
export const createMode = (options: ModeOptions): RestUpstream => {
  const { connection, version, log, line } = options;
  const { token, secret } = options.credentials;
  const timing = options.timing ?? realTiming;
  // The id tells our calls from those of another bridge in the same workspace (rest-changes.ts).
  const userAgent = `mode-scim-bridge/${version}${connection.id === undefined ? '' : ` (${connection.id})`}`;
  const basic = Buffer.from(`${token}:${secret}`).toString('base64');
  const exchange = createExchange({
    surface: REST,
    url: `${checkModeUrl(connection.modeUrl).replace(/\/+$/, '')}/api`,
    authorization: `Basic ${basic}`,
    secrets: [basic, secret, token],
    userAgent,
    timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
    timing,
    log: (event, fields) => log.debug(event, fields),
  });
  const http = createHttp({
    surface: REST,
    exchange,
    ...line,
    timing,
    remember: options.remember ?? (async () => undefined),
    say: (event, fields) => log[event === 'refused' ? 'error' : 'info'](`mode.credential.${event}`, fields),
  });
  return createRestUpstream({ http, workspace: connection.workspace, userAgent, circuit: line.circuit });
};
