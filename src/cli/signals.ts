/** How long-running commands end: SIGTERM or SIGINT stops them cleanly; a second one ends them at once. */

/** Resolves at the first SIGTERM or SIGINT. */
export const untilStopped = (): Promise<NodeJS.Signals> =>
  new Promise((resolve) => {
    let asked = false;
    const stop = (signal: NodeJS.Signals): void => {
      if (asked) process.exit(1);
      asked = true;
      resolve(signal);
    };
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
  });
