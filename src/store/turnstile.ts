/** Lets one in at a time, in the order of arrival. */
export interface Turnstile {
  /** Resolves when it is the caller's turn, which lasts until `leave`. */
  enter(): Promise<void>;
  leave(): void;
  /** Whether somebody waits. */
  isAwaited(): boolean;
}

/** Makes one with nobody inside. */
export const createTurnstile = (): Turnstile => {
  const waiting: (() => void)[] = [];
  let isTaken = false;
  return {
    enter: () => {
      if (isTaken) return new Promise((resolve) => void waiting.push(resolve));
      isTaken = true;
      return Promise.resolve();
    },
    leave: () => {
      const next = waiting.shift();
      if (next) next();
      else isTaken = false;
    },
    isAwaited: () => waiting.length > 0,
  };
};
