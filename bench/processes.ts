/** Processes of their own, bound to a core where the machine can (Linux, `taskset`), and what they have used so far. */
import { type ChildProcess, execFileSync, type SpawnOptions, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

const run = (command: string, ...args: readonly string[]): string | undefined => {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined;
  }
};

/** `0-1,4` → 0, 1, 4. */
const listed = (text: string): readonly number[] =>
  text.split(',').flatMap((part) => {
    const [from = 0, to = from] = part.split('-').map(Number);
    return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  });

const allowed = run('taskset', '-cp', String(process.pid))?.split(':').at(-1)?.trim();
const cores = allowed === undefined ? [] : listed(allowed);

/**
 * The core of the server, that of a second instance (the same where there are but a few), and those of everything else;
 * undefined where processes cannot be bound, or there is but one core.
 */
const placesOn = ([first, second, ...rest]: readonly number[]) => {
  if (first === undefined || second === undefined) return undefined;
  if (rest.length < 2) return { server: `${first}`, second: `${first}`, others: [second, ...rest].join(',') };
  return { server: `${first}`, second: `${second}`, others: rest.join(',') };
};

export const CORES = placesOn(cores);

export type Place = 'server' | 'second' | 'others';

const children = new Set<ChildProcess>();

/** However this process ends, nothing of it goes on. */
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));

/** Starts Node with these arguments, on the core of its place. */
export const startNode = (place: Place, args: readonly string[], options: SpawnOptions): ChildProcess => {
  const child = CORES
    ? spawn('taskset', ['-c', CORES[place], process.execPath, ...args], options)
    : spawn(process.execPath, args, options);
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
};

/** Keeps this very process off the core of the server. */
export const stepAside = (): void => {
  if (CORES) run('taskset', '-acp', CORES.others, String(process.pid));
};

const threadNanos = (pid: number): number =>
  readdirSync(`/proc/${pid}/task`).reduce(
    (sum, thread) =>
      sum + Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]),
    0,
  );

/** Nanoseconds that the threads of each process have run so far; those that are gone, or all without /proc, are left out. */
export const cpuNanos = (pids: readonly number[]): ReadonlyMap<number, number> =>
  new Map(
    pids.flatMap((pid) => {
      try {
        return [[pid, threadNanos(pid)] as const];
      } catch {
        return [];
      }
    }),
  );

/** What these processes have run since then, in microseconds, all of it where they are new; NaN where nothing is known of them. */
export const cpuMicrosSince = (before: ReadonlyMap<number, number>, pids: readonly number[]): number => {
  const now = cpuNanos(pids);
  if (now.size === 0) return Number.NaN;
  return [...now].reduce((sum, [pid, nanos]) => sum + nanos - (before.get(pid) ?? 0), 0) / 1000;
};

const parentOf = (pid: string): string | undefined => {
  try {
    // The name, in brackets, may hold anything.
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[1];
  } catch {
    return undefined;
  }
};

/** A process and all that came of it; none where there is no /proc. */
export const descendants = (root: number): readonly number[] => {
  const parents = new Map(
    readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [[name, parentOf(name)]] : [])),
  );
  const isOurs = (pid: string | undefined): boolean =>
    pid !== undefined && pid !== '0' && (pid === String(root) || isOurs(parents.get(pid)));
  return [...parents.keys()].filter(isOurs).map(Number);
};

const MEMORY = { now: 'VmRSS', peak: 'VmHWM' } as const;

/** Megabytes (2^20) that a process holds in memory, now or at its peak; NaN where there is no /proc. */
export const memoryMb = (pid: number, which: keyof typeof MEMORY): number => {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(new RegExp(`${MEMORY[which]}:\\s+(\\d+)`).exec(status)?.[1]) / 1024;
  } catch {
    return Number.NaN;
  }
};

/** Ends a process and waits until it has. */
export const end = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
};

/** The next message of a child; throws when it ends instead. */
export const nextMessage = <T>(child: ChildProcess): Promise<T> =>
  new Promise((resolve, reject) => {
    const onExit = (code: number | null) =>
      reject(new Error(`${child.spawnargs.at(-1)} ended with ${code}.`));
    child.once('exit', onExit);
    child.once('message', (message) => {
      child.off('exit', onExit);
      resolve(message as T);
    });
  });
