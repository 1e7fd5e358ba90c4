/** Builds `dist/` when a source is newer than it: what is measured is what is shipped. */
import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const newest = (folder: string): number =>
  Math.max(
    ...readdirSync(folder, { recursive: true, encoding: 'utf8' }).map(
      (file) => statSync(join(folder, file)).mtimeMs,
    ),
  );

const builtAt = (): number => {
  try {
    return statSync('dist/cli.js').mtimeMs;
  } catch {
    return 0;
  }
};

/** Brings `dist/` up to date. */
export const build = (say: (line: string) => void): void => {
  if (builtAt() > newest('src')) return;
  say('building …');
  execFileSync('npm', ['run', '--silent', 'build'], { stdio: ['ignore', 'inherit', 'inherit'] });
};
