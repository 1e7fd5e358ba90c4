/** A client of src/mode with a line of its own, on the fast clock, unless a test says otherwise. */
import type { Log } from '../../../src/directory/deps.ts';
import { createMode, createModeLine, type ModeOptions, type ModeUpstream } from '../../../src/mode/index.ts';
import { fastTiming } from './fast-timing.ts';

export type Connecting = Pick<ModeOptions, 'connection' | 'credentials'> &
  Partial<ModeOptions> & { readonly concurrency?: number };

/** One line of a log: its level, its event, its fields. */
export type Logged = Readonly<Record<string, unknown>>;

/** A log that keeps its lines. */
export const logInto = (lines: Logged[]): Log => {
  const at = (level: string) => (event: string, fields?: Logged) =>
    void lines.push({ level, event, ...fields });
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
};

/** Makes a client. */
export const connect = ({ concurrency, ...options }: Connecting): ModeUpstream => {
  const { log = logInto([]), timing = fastTiming } = options;
  const line = options.line ?? createModeLine({ log, timing, concurrency });
  return createMode({ version: '9.9.9', ...options, timing, log, line });
};
