/**
 * The door of this folder: builds the way to one Mode workspace. One upstream per connection, kept as long as the
 * connection is, because its throttle and its kept sockets are what all callers of that workspace share.
 */
import type { Connection } from '../directory/model.ts';
import { AppError } from '../errors.ts';
import { createHttp, type Log } from './http.ts';
import { createRestUpstream, type RestUpstream } from './rest.ts';
import { createThrottle } from './throttle.ts';
import { realTiming, type Timing } from './timing.ts';

export type { RestUpstream } from './rest.ts';
export type { Timing } from './timing.ts';

export interface ModeOptions {
  readonly connection: Pick<Connection, 'modeUrl' | 'workspace'>;
  readonly credentials: { readonly token: string; readonly secret: string };
  /** Version of this program, for the User-Agent. */
  readonly version: string;
  /** Takes one debug line per call; without it there is none. */
  readonly log?: Log | undefined;
  /** How long one call may take at most, in milliseconds; 10,000 when not given. */
  readonly timeoutMs?: number | undefined;
  /** Calls under way at once; 8 when not given. */
  readonly concurrency?: number | undefined;
  readonly timing?: Timing | undefined;
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

/** Makes the upstream of a connection. */
export const createMode = (options: ModeOptions): RestUpstream => {
  const { connection, credentials, version } = options;
  const timing = options.timing ?? realTiming;
  const http = createHttp({
    modeUrl: checkModeUrl(connection.modeUrl),
    token: credentials.token,
    secret: credentials.secret,
    version,
    timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
    throttle: createThrottle({ timing, concurrency: options.concurrency ?? CONCURRENCY }),
    timing,
    log: options.log ?? (() => undefined),
  });
  return createRestUpstream({ http, workspace: connection.workspace });
};
