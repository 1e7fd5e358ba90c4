/** A call to Mode, on whichever surface. */
import type { Slim } from './large-json.ts';
import type { Asked } from './refusal.ts';

export interface Call extends Asked {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** What stands at each placeholder of the route. */
  readonly at: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, number | string>>;
  /** Instead of the surface's. */
  readonly accept?: string;
  readonly body?: unknown;
  /** One can do without: when it fails it is not tried again, so that a part of Mode that is broken holds up nothing else. */
  readonly isOptional?: boolean;
  /** Of a list that may be very long: its rows are made small as they arrive, and never held as text (large-json.ts). */
  readonly slim?: Slim;
}
