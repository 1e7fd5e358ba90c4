/**
 * What the directory's operations are given: memory, Mode, time, ids and a log. Time and ids are parameters, so that a
 * test can hold them still.
 */
import type { Connection } from './model.ts';
import type { Turns } from './settle/turns.ts';
import type { Store } from './store/store.ts';
import type { Priority, Upstream } from './upstream.ts';

export type LogFields = Readonly<Record<string, unknown>>;

/** Event name first, then fields; no sentences and no values of attributes. */
export interface Log {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

export interface Deps {
  readonly store: Store;
  /** The way to Mode of a connection; the same object for the same connection, so that its throttle is shared. */
  readonly upstreamOf: (connection: Connection) => Upstream;
  readonly now: () => Date;
  /** A new UUIDv7: ids in order of creation. */
  readonly newId: () => string;
  /** Names this process in leases. */
  readonly owner: string;
  /** How long what Mode did not take waits before it is tried again, in milliseconds; twice as long each time. */
  readonly firstWaitMs: number;
  /** How long what Mode was asked for and did not answer may still take effect there, in milliseconds. */
  readonly lateMs: number;
  /** Who of this process settles a person or group, and who waits for that. */
  readonly turns: Turns;
  readonly log: Log;
}

/** An operation on one connection, and until when (epoch milliseconds) its caller waits. */
export interface Call {
  readonly connection: Connection;
  readonly deadline: number;
  /** Until when what Mode failed at is tried again for the caller; to the deadline, unless said. */
  readonly askAgainUntil?: number;
}

/** A call that goes on to Mode: who asks decides how urgent it is there. */
export interface ModeCall extends Call {
  readonly priority: Priority;
}

/** The present as the store writes it: ISO 8601, UTC, milliseconds. */
export const isoNow = (deps: Deps): string => deps.now().toISOString();

/**
 * The instant of what Mode answered to a change. A listing that was asked for in the same millisecond may have been before
 * it, and must not count as the later look.
 */
export const isoAnswered = (deps: Deps): string => new Date(deps.now().getTime() + 1).toISOString();
