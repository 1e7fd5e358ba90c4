/**
 * `npm run docs` writes what a program can derive into docs/; `--check` says what has drifted instead, with the first
 * line that differs. A new generated page is a row in `docs/generators.ts`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { generators } from './docs/generators.ts';

const readOrEmpty = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
};

/** Says where a page differs from what would be generated now; undefined when it does not. */
const driftOf = (file: string, fresh: string): string | undefined => {
  const kept = readOrEmpty(file);
  if (kept === fresh) return undefined;
  const lines = kept.split('\n');
  const at = fresh.split('\n').findIndex((line, index) => line !== lines[index]);
  return `${file}:${at < 0 ? lines.length : at + 1} has drifted; run \`npm run docs\``;
};

const main = async (): Promise<number> => {
  const check = process.argv.includes('--check');
  let drifted = 0;
  for (const { file, generate } of generators) {
    const fresh = await generate();
    const drift = driftOf(file, fresh);
    if (drift === undefined) continue;
    drifted += 1;
    console.log(check ? drift : `${file} written`);
    if (!check) writeFileSync(file, fresh);
  }
  return check && drifted > 0 ? 1 : 0;
};

process.exitCode = await main();
