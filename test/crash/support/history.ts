/** All that happened in a crash run, in order: what was asked and answered, what Mode was sent, who was killed when. */
import { writeFileSync } from 'node:fs';

export interface Happening {
  /** Milliseconds since the run began. */
  readonly at: number;
  readonly what: string;
}

export interface History {
  note(what: string): void;
  /** A line that says something is wrong, with what happened to those whose words are given. */
  problem(what: string, about: readonly (string | null | undefined)[]): void;
  readonly problems: readonly string[];
  /** Writes everything to a file. */
  save(path: string): void;
}

/** Lines shown of the history of one person or group; the file has them all. */
const MOST_SHOWN = 60;

const line = ({ at, what }: Happening): string => `${(at / 1000).toFixed(3).padStart(9)} ${what}`;

export const createHistory = (): History => {
  const startedAt = performance.now();
  const happened: Happening[] = [];
  const problems: string[] = [];
  const about = (words: readonly string[]): readonly string[] =>
    happened.filter(({ what }) => words.some((word) => what.includes(word))).map(line);
  const note = (what: string): void => {
    happened.push({ at: performance.now() - startedAt, what });
  };
  return {
    note,
    problems,
    problem: (what, given) => {
      note(`PROBLEM ${what}`);
      const words = given.filter((word): word is string => typeof word === 'string' && word !== '');
      const lines = words.length === 0 ? [] : about(words);
      const cut = lines.length > MOST_SHOWN ? [`… ${lines.length - MOST_SHOWN} lines before`] : [];
      problems.push([what, ...[...cut, ...lines.slice(-MOST_SHOWN)].map((one) => `    ${one}`)].join('\n'));
    },
    save: (path) => writeFileSync(path, `${happened.map(line).join('\n')}\n`),
  };
};
