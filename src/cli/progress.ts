/**
 * How far long work is, told on standard error: one line that renews itself on a terminal, plain lines elsewhere, and not
 * many of them. Our own: cli-progress, the usual library, has had no release for years and puts nothing but escape codes
 * around these lines; listr2 and the like want to own the whole output.
 */
import { counted } from '../directory/counted.ts';
import type { Holder } from '../directory/sync/run.ts';

const REDRAW_MS = 100;
const PLAIN_EVERY_MS = 5_000;

export interface ShownProgress {
  /** Shows that line from now on; as often as one likes. */
  readonly show: (line: string) => void;
  /** Prints a line that stays. */
  readonly say: (line: string) => void;
  /** Takes away what is shown, so that results can be printed. */
  readonly clear: () => void;
  readonly end: () => void;
}

/** Cuts what would wrap: a line that wraps cannot be renewed. */
const fitting = (line: string): string => line.slice(0, (process.stderr.columns || 80) - 1);

/** Begins to show progress. */
export const startProgress = (): ShownProgress => {
  const { stderr } = process;
  let wanted = '';
  let drawn = '';
  const draw = (): void => {
    if (wanted === drawn) return;
    drawn = wanted;
    stderr.write(stderr.isTTY ? `\r\x1b[K${fitting(drawn)}` : `${drawn}\n`);
  };
  const clear = (): void => {
    if (stderr.isTTY && drawn !== '') stderr.write('\r\x1b[K');
    wanted = '';
    drawn = '';
  };
  const timer = setInterval(() => wanted !== '' && draw(), stderr.isTTY ? REDRAW_MS : PLAIN_EVERY_MS);
  timer.unref();
  return {
    show: (line) => {
      wanted = line;
    },
    say: (line) => {
      clear();
      stderr.write(`${line}\n`);
    },
    clear,
    end: () => {
      clear();
      clearInterval(timer);
    },
  };
};

const WIDTH = 20;

/** `people ██████░░░░ 12,000 of 50,000`; the bar only where somebody watches. */
export const bar = (what: string, done: number, total: number): string => {
  const filled = total === 0 ? WIDTH : Math.floor((done / total) * WIDTH);
  const drawn = process.stderr.isTTY ? ` ${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)}` : '';
  return `${what}${drawn} ${counted(done)} of ${counted(total)}`;
};

/** Why a command waits: one process at a time reads a connection. */
export const busyText = (connection: string, { owner, since }: Holder): string => {
  const [host, pid] = owner.split('/');
  return `${connection}: process ${pid} on ${host} reads Mode since ${since}; this begins when that one ends.`;
};
