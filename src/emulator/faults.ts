/**
 * Faults ordered by tests: the next calls of a route are delayed, refused or cut off (product.md section 4).
 * Also counts the calls. Both live in memory only and are forgotten at the end of the process.
 */
import { z } from 'zod';
import { ROUTE_KEYS } from './routes.ts';
import { SCIM_ROUTE_KEYS } from './scim/routes.ts';

const KEYS: ReadonlySet<string> = new Set(['*', ...ROUTE_KEYS, ...SCIM_ROUTE_KEYS]);
const allowedRoutes = [...KEYS].join(', ');

type Deed = 'status' | 'drop' | 'malformed';

interface Ordered {
  readonly status?: number | undefined;
  readonly drop: boolean | 'after';
  readonly dropAfter: boolean;
  readonly malformed: boolean;
}

const deeds = ({ status, drop, dropAfter, malformed }: Ordered): readonly Deed[] => [
  ...(status === undefined ? [] : (['status'] as const)),
  ...(drop === false ? [] : (['drop'] as const)),
  ...(dropAfter ? (['drop'] as const) : []),
  ...(malformed ? (['malformed'] as const) : []),
];

/**
 * What `POST /_control/faults` takes. `status` (with `headers`, `body`) answers so, `drop` closes the socket, `malformed`
 * cuts the answer's JSON off in the middle. Before the change takes effect, or, with `after: true` or `drop: 'after'`,
 * once it has; `delayMs` passes at that same point. `malformed` is always after. `times` counts those that are struck.
 */
export const FaultSchema = z
  .strictObject({
    route: z.string().refine((route) => KEYS.has(route), `must be one of: ${allowedRoutes}`),
    status: z.int().min(200).max(599).optional(),
    headers: z
      .record(z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/), z.string().regex(/^[\t\x20-\x7e]*$/))
      .optional(),
    body: z.unknown().optional(),
    delayMs: z.int().min(0).max(600_000).default(0),
    drop: z.union([z.boolean(), z.literal('after')]).default(false),
    /** The same as `drop: 'after'`. */
    dropAfter: z.boolean().default(false),
    malformed: z.boolean().default(false),
    after: z.boolean().default(false),
    times: z.int().min(1).max(1_000_000).default(1),
    /** Meets only each so manieth call that comes to it; those between go on to the next order. */
    every: z.int().min(1).max(1_000_000).default(1),
  })
  .refine(
    (order) => deeds(order).length <= 1,
    'takes one of status, drop, dropAfter and malformed, not several',
  )
  .refine(
    (order) => deeds(order).length === 1 || order.delayMs > 0,
    'needs at least one of status, drop, dropAfter, malformed and delayMs above 0',
  )
  .refine(
    (order) => order.status !== undefined || (order.headers === undefined && order.body === undefined),
    'headers and body need a status',
  )
  .transform(({ drop, dropAfter, malformed, after, ...order }) => ({
    ...order,
    deed: deeds({ ...order, drop, dropAfter, malformed })[0],
    // An answer can be spoilt only once there is one.
    after: after || dropAfter || malformed || drop === 'after',
  }));

/** An order as it is carried out: `deed` is what happens instead of the answer, undefined: nothing but the delay. */
export type Fault = z.output<typeof FaultSchema>;

export interface Faults {
  readonly order: (fault: Fault) => void;
  /** Gives the fault that this call meets, and uses it up by one. */
  readonly take: (key: string) => Fault | undefined;
  readonly clear: () => void;
}

/** Makes an empty list of faults; the oldest that fits comes first. */
export const createFaults = (): Faults => {
  let waiting: { readonly fault: Fault; left: number; seen: number }[] = [];
  return {
    order: (fault) => {
      waiting.push({ fault, left: fault.times, seen: 0 });
    },
    take: (key) => {
      const met = waiting.find((one) => {
        if (one.fault.route !== '*' && one.fault.route !== key) return false;
        one.seen += 1;
        return one.seen % one.fault.every === 0;
      });
      if (!met) return undefined;
      met.left -= 1;
      if (met.left === 0) waiting = waiting.filter((one) => one !== met);
      return met.fault;
    },
    clear: () => {
      waiting = [];
    },
  };
};

export interface CallCount {
  readonly add: (key: string) => void;
  readonly read: () => { readonly total: number; readonly byRoute: Record<string, number> };
  readonly reset: () => void;
}

/** Makes a counter of calls by route key. */
export const createCallCount = (): CallCount => {
  const counts = new Map<string, number>();
  return {
    add: (key) => {
      counts.set(key, (counts.get(key) ?? 0) + 1);
    },
    read: () => ({
      total: [...counts.values()].reduce((sum, one) => sum + one, 0),
      byRoute: Object.fromEntries(counts),
    }),
    reset: () => counts.clear(),
  };
};
