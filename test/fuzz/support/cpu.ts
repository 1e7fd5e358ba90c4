/** Processor time of this process. Of this process only: what the machine does besides counts for nothing. */

/** No answer may take longer than this many milliseconds of CPU (issue 3, proof 4). */
export const CPU_LIMIT_MS = 100;

const cpuSince = (start: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1_000;
};

/** Runs the work and gives what it took, in milliseconds of CPU, all threads of this process included. */
const measured = <T>(work: () => T): readonly [T, number] => {
  const start = process.cpuUsage();
  const result = work();
  return [result, cpuSince(start)];
};

export const measuredAsync = async <T>(work: () => Promise<T>): Promise<readonly [T, number]> => {
  const start = process.cpuUsage();
  const result = await work();
  return [result, cpuSince(start)];
};

/** Garbage may be collected during any one run: slow is only what stays slow when it is done again. */
const REPEATS = 3;

export const steadyCpu = (work: () => unknown): number => {
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < REPEATS && least > CPU_LIMIT_MS; run += 1)
    least = Math.min(least, measured(work)[1]);
  return least;
};
