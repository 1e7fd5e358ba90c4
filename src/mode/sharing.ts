/**
 * What several processes that call one Mode tell each other, so that they keep to its limits together
 * (docs/decisions/013-several-instances.md): how much each has to do, a pause that Mode asked for, what was learnt of how
 * much it takes, and whether it is down. Each writes one row, twice a second at most while it calls, and at once when it
 * learns something. A call waits for the look that is due, one statement or two; who cannot reach the database goes on alone.
 */
import { z } from 'zod';
import type { Log } from '../directory/deps.ts';
import type { Circuit } from './circuit.ts';
import type { Throttle, ThrottleHeard } from './throttle/throttle.ts';
import type { Timing } from './timing.ts';

/** Where they tell each other. Instants are ISO 8601. */
export interface Board {
  /** Writes what this process says, which holds until then, and gives what the others say. */
  exchange(said: {
    readonly says: string;
    readonly now: string;
    readonly until: string;
  }): Promise<readonly { readonly says: string; readonly saidAt: string }[]>;
}

export interface Sharing {
  /** A call starts: looks again where the last look is old. */
  touch(): void;
  /** There is news for the others. */
  tell(): void;
  /** Before a call: resolves when what others say is known well enough. */
  refresh(): Promise<void>;
}

interface SharingOptions {
  readonly throttle: Throttle;
  readonly circuit: Circuit;
  readonly scimCircuit: Circuit;
  readonly board: Board | undefined;
  readonly timing: Timing;
  readonly log: Pick<Log, 'debug'>;
}

const EVERY_MS = 500;
/** A call waits no longer than that for a look. */
const PATIENCE_MS = 500;
/** Who has said nothing for so long has nothing to do. */
const IDLE_MS = 3_000;
/** What was learnt is worth knowing for so long. */
const LEASE_MS = 60_000;

const pace = z.object({ most: z.number().positive(), at: z.number().nullable() });
const learnt = z.object({
  at: z.number(),
  size: z.number().positive(),
  unslowed: z.number().positive(),
  ceiling: z.number().nullable(),
  pace: pace.nullable(),
  noise: z.number().min(0).max(0.9),
});
const breaker = z.object({ since: z.number().nullable(), until: z.number(), at: z.number() });
const circuit = z.record(z.string(), breaker);

/** Another version may say it otherwise: then it is not understood, which does no harm. */
const Said = z.object({
  wanted: z.number().min(0),
  perSecond: z.number().min(0),
  pausedUntil: z.number(),
  learnt: learnt.nullable(),
  circuit,
  scimCircuit: circuit,
});
type Said = z.infer<typeof Said>;

interface Heard extends Said {
  readonly saidAt: number;
}

const read = ({ says, saidAt }: { readonly says: string; readonly saidAt: string }): readonly Heard[] => {
  const { data } = Said.safeParse(JSON.parse(says));
  return data ? [{ ...data, saidAt: Date.parse(saidAt) }] : [];
};

const newer = (one: Said['learnt'], other: Said['learnt']): Said['learnt'] =>
  (other?.at ?? 0) > (one?.at ?? 0) ? other : one;

/** All of it together, as far as the throttle wants to know. */
const together = (heard: readonly Heard[], now: number): ThrottleHeard =>
  heard.reduce<ThrottleHeard>(
    (sum, { wanted, perSecond, pausedUntil, learnt: known, saidAt }) => {
      const isAtWork = saidAt + IDLE_MS > now;
      return {
        wanted: sum.wanted + (isAtWork ? wanted : 0),
        perSecond: sum.perSecond + (isAtWork ? perSecond : 0),
        pausedUntil: Math.max(sum.pausedUntil, pausedUntil),
        learnt: newer(sum.learnt, known),
      };
    },
    { wanted: 0, perSecond: 0, pausedUntil: 0, learnt: null },
  );

/** When the last of what this process says is of no use any more. */
const endOf = ({ pausedUntil, ...said }: Said, now: number): number => {
  const breakers = [said.circuit, said.scimCircuit].flatMap((one) => Object.values(one));
  return Math.max(now, pausedUntil, ...breakers.map(({ until }) => until)) + LEASE_MS;
};

const alone: Sharing = { touch: () => undefined, tell: () => undefined, refresh: async () => undefined };

/** Tells and hears. */
const createExchange = ({ throttle, timing, ...options }: SharingOptions, board: Board) => {
  const hear = (heard: readonly Heard[]): void => {
    for (const said of heard) {
      options.circuit.heed(said.circuit);
      options.scimCircuit.heed(said.scimCircuit);
    }
    throttle.heed(together(heard, timing.now()));
  };
  return async (): Promise<void> => {
    const now = timing.now();
    const said: Said = {
      ...throttle.says(),
      circuit: options.circuit.says(),
      scimCircuit: options.scimCircuit.says(),
    };
    const iso = (instant: number): string => new Date(instant).toISOString();
    try {
      const others = await board.exchange({
        says: JSON.stringify(said),
        now: iso(now),
        until: iso(endOf(said, now)),
      });
      hear(others.flatMap(read));
    } catch (error) {
      options.log.debug('mode.line.not-shared', { error });
    }
  };
};

/** Makes the sharing of one line; without a board nobody else calls this Mode. */
export const createSharing = (options: SharingOptions): Sharing => {
  const { board, timing } = options;
  if (!board) return alone;
  const once = createExchange(options, board);
  let lastAt = Number.NEGATIVE_INFINITY;
  let running: Promise<void> | undefined;
  let isNews = false;

  const lookNow = async (): Promise<void> => {
    const from = timing.now();
    await once();
    lastAt = from;
  };
  const look = (): Promise<void> => {
    running ??= lookNow().finally(() => {
      running = undefined;
      if (!isNews) return;
      isNews = false;
      void look();
    });
    return running;
  };
  const ageMs = (): number => timing.now() - lastAt;

  return {
    touch: () => {
      if (ageMs() >= EVERY_MS) void look();
    },
    tell: () => {
      // What is under way has been said already.
      if (running !== undefined) isNews = true;
      else void look();
    },
    refresh: async () => {
      if (ageMs() < EVERY_MS) return;
      const enough = new AbortController();
      await Promise.race([look(), timing.sleep(PATIENCE_MS, enough.signal)]);
      enough.abort();
    },
  };
};
