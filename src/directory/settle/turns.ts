/**
 * In this process one at a time settles the same person or group, in the order of arrival. Whoever comes to its turn hears
 * whether somebody before it has carried out what it wished for too: of many changes of one group that wait, one asks the
 * database what is owed, and does it for all.
 */

/** Somebody's turn, until `leave`. */
export interface Turn {
  /** Whether what was wished for by those who arrived up to this one is done. */
  isDone(): boolean;
  /** How many have arrived so far. What each of them wished for was committed before. */
  arrived(): number;
  /** What the first so many who arrived wished for is done. */
  done(arrived: number): void;
  leave(): void;
}

export interface Turns {
  /** Waits for the caller's turn, for at most so many milliseconds; undefined when they are over first. */
  enter(name: string, waitMs: number): Promise<Turn | undefined>;
}

interface Line {
  readonly waiting: (() => void)[];
  arrived: number;
  done: number;
}

/** A longer one would run out at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Resolves to false when so many milliseconds are over before somebody lets the caller in. */
const letIn = (waiting: Line['waiting'], waitMs: number): Promise<boolean> =>
  new Promise((resolve) => {
    const enter = (): void => {
      clearTimeout(timer);
      resolve(true);
    };
    const timer = setTimeout(
      () => {
        waiting.splice(waiting.indexOf(enter), 1);
        resolve(false);
      },
      Math.min(waitMs, LONGEST_TIMER_MS),
    );
    waiting.push(enter);
  });

/** The turns of one process, with nobody inside. */
export const createTurns = (): Turns => {
  const lines = new Map<string, Line>();
  const leave = (name: string, { waiting }: Line): void => {
    const next = waiting.shift();
    if (next) next();
    else lines.delete(name);
  };
  return {
    enter: async (name, waitMs) => {
      const before = lines.get(name);
      const line = before ?? { waiting: [], arrived: 0, done: 0 };
      if (!before) lines.set(name, line);
      line.arrived += 1;
      const mine = line.arrived;
      if (before && !(await letIn(line.waiting, waitMs))) return undefined;
      return {
        isDone: () => mine <= line.done,
        arrived: () => line.arrived,
        done: (arrived) => {
          line.done = arrived;
        },
        leave: () => leave(name, line),
      };
    },
  };
};
