/**
 * Keeps the state on disk: a snapshot, and a journal of what changed since, one JSON line per commit.
 * A line reaches the operating system before the change is answered, so `kill -9` loses nothing acknowledged;
 * a power cut may (no fsync per line: this is a test double). The snapshot is renewed at each start, under a new
 * generation number, so that a start cut short never replays a journal over the wrong snapshot.
 */
import {
  appendFileSync,
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Change } from './model.ts';

const SNAPSHOT = 'mode-emulator-snapshot.jsonl';
const UNFINISHED = 'mode-emulator-snapshot.tmp';
const journalName = (generation: number): string => `mode-emulator-journal-${generation}.jsonl`;
const OURS = /^mode-emulator-(snapshot\.jsonl|snapshot\.tmp|journal-\d+\.jsonl)$/;
const LINES_PER_WRITE = 2000;

export interface Journal {
  append(changes: readonly Change[]): void;
  close(): void;
}

export interface Kept {
  readonly generation: number;
  readonly changes: readonly Change[];
}

const removeOurs = (dir: string, keep: readonly string[]): void => {
  for (const name of readdirSync(dir)) {
    if (OURS.test(name) && !keep.includes(name)) rmSync(join(dir, name));
  }
};

/** Removes the emulator's own files from the folder, and nothing else. */
export const emptyFolder = (dir: string): void => {
  if (existsSync(dir)) removeOurs(dir, []);
};

/** Reads complete lines; what stands after the last line break was never acknowledged. */
const readLines = (path: string): unknown[] => {
  if (!existsSync(path)) return [];
  const text = readFileSync(path, 'utf8');
  const lines = text.split('\n');
  lines.pop();
  return lines.map((line, index) => {
    try {
      return JSON.parse(line) as unknown;
    } catch (cause) {
      throw new Error(`${path}, line ${index + 1} cannot be read; --fresh starts anew.`, { cause });
    }
  });
};

/** Reads what the folder holds; undefined when it holds no workspace yet. */
export const readKept = (dir: string): Kept | undefined => {
  const path = join(dir, SNAPSHOT);
  if (!existsSync(path)) return undefined;
  const [header, ...snapshot] = readLines(path) as [{ generation: number } | undefined, ...Change[]];
  if (!header) throw new Error(`${path} is empty; --fresh starts anew.`);
  const journal = readLines(join(dir, journalName(header.generation))) as Change[][];
  return { generation: header.generation, changes: [...snapshot, ...journal.flat()] };
};

const writeSnapshot = (dir: string, generation: number, changes: Iterable<Change>): void => {
  const file = openSync(join(dir, UNFINISHED), 'w');
  try {
    let lines = [JSON.stringify({ modeEmulator: 1, generation })];
    for (const change of changes) {
      if (lines.push(JSON.stringify(change)) < LINES_PER_WRITE) continue;
      appendFileSync(file, `${lines.join('\n')}\n`);
      lines = [];
    }
    if (lines.length > 0) appendFileSync(file, `${lines.join('\n')}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(join(dir, UNFINISHED), join(dir, SNAPSHOT));
};

/** Writes a new snapshot of `changes` and opens the journal that follows it. */
export const openJournal = (dir: string, generation: number, changes: Iterable<Change>): Journal => {
  mkdirSync(dir, { recursive: true });
  writeSnapshot(dir, generation, changes);
  removeOurs(dir, [SNAPSHOT]);
  const file = openSync(join(dir, journalName(generation)), 'a');
  let size = fstatSync(file).size;
  let open = true;
  return {
    append(batch) {
      const line = Buffer.from(`${JSON.stringify(batch)}\n`);
      try {
        appendFileSync(file, line);
        size += line.length;
      } catch (cause) {
        // Half a line would spoil the next one.
        ftruncateSync(file, size);
        throw cause;
      }
    },
    close() {
      if (open) closeSync(file);
      open = false;
    },
  };
};
