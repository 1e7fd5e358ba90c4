/** A breach to plant: what it writes into a copy of the tree, and the line by which its check must name it. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { CheckName } from '../checks.ts';

/** A file's new text, or how to change what is there (undefined where there is no file yet). */
export type Planted = string | ((old: string | undefined) => string);

export interface Breach {
  /** The rule as its tool calls it. */
  readonly rule: string;
  readonly check: CheckName;
  /** Path from the root → what to write. */
  readonly files: Readonly<Record<string, Planted>>;
  /** Both must stand in one line of the check's output. */
  readonly names: readonly [place: string, rule: string];
  /** Tells two breaches of one rule apart. */
  readonly about?: string;
}

const readIfThere = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
};

/** Writes a breach into the tree at `root`. */
export const plant = (root: string, breach: Breach): void => {
  for (const [file, planted] of Object.entries(breach.files)) {
    const path = join(root, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, typeof planted === 'string' ? planted : planted(readIfThere(path)));
  }
};

/** Whether a check said what is wrong and where, in one line. */
export const isNamed = (breach: Breach, output: string): boolean =>
  output.split('\n').some((line) => breach.names.every((word) => line.includes(word)));
