/**
 * The rules of the house that no ready-made tool knows: names, docstrings, and words that a folder must not use.
 * Each is a row; `--list` prints their names for `planted-breaches.ts`. Breaches are printed as `file:line rule why`.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

interface HouseRule {
  readonly name: string;
  readonly why: string;
  /** Which files the rule is about, by their path from the root with forward slashes. */
  readonly about: RegExp;
  /** Gives the lines (from 1) at which the file breaks the rule. */
  readonly breaches: (file: string, text: string) => readonly number[];
}

const BANNED_NAMES = [
  'utils',
  'util',
  'helpers',
  'helper',
  'common',
  'misc',
  'manager',
  'service',
  'base',
  'impl',
];
const CONSTRUCTING_INDEXES = ['src/mode/index.ts', 'src/store/index.ts'];

const nameParts = (file: string): string[] => file.replace(/(\.test|\.d)?\.[a-z]+$/, '').split(/[/-]/);

const linesMatching = (pattern: RegExp) => (_file: string, text: string) =>
  text
    .split('\n')
    .flatMap((line, index) => (pattern.test(line.replace(/^\s*(\/?\*|\/\/).*/, '')) ? [index + 1] : []));

const RULES: readonly HouseRule[] = [
  {
    name: 'banned-name',
    why: `says nothing about what is inside (banned: ${BANNED_NAMES.join(' ')})`,
    about: /./,
    breaches: (file) => (nameParts(file).some((part) => BANNED_NAMES.includes(part)) ? [1] : []),
  },
  {
    name: 'no-barrel',
    why: `import from the file that defines; only ${CONSTRUCTING_INDEXES.join(' and ')} may be an index`,
    about: /^src\//,
    breaches: (file) => (basename(file) === 'index.ts' && !CONSTRUCTING_INDEXES.includes(file) ? [1] : []),
  },
  {
    name: 'opening-docstring',
    why: 'the file does not begin by saying what it is',
    about: /^(src|scripts|bench)\//,
    breaches: (_file, text) => (/^(#!.*\n)?\/\*\*/.test(text) ? [] : [1]),
  },
  {
    name: 'no-hidden-clock',
    why: 'time, ids and randomness are parameters here',
    about: /^src\/(directory|jobs)\//,
    breaches: linesMatching(/\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\brandomUUID\(|\brandomBytes\(/),
  },
  {
    name: 'no-mocked-modules',
    why: 'dependencies are parameters; pass another one',
    about: /^test\//,
    breaches: linesMatching(/\bjest\.(mock|unstable_mockModule|doMock)\(/),
  },
  {
    name: 'no-only',
    why: 'a focused test hides the others',
    about: /^test\//,
    breaches: linesMatching(/\b(it|test|describe)\.only\b|\b(fit|fdescribe)\(/),
  },
];

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.[cm]?[jt]s$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).replaceAll('\\', '/'));

const breachesIn = (file: string): string[] => {
  const text = readFileSync(file, 'utf8');
  return RULES.filter((rule) => rule.about.test(file)).flatMap((rule) =>
    rule.breaches(file, text).map((line) => `${file}:${line} ${rule.name}: ${rule.why}`),
  );
};

const main = (): number => {
  if (process.argv.includes('--list')) {
    console.log(RULES.map((rule) => rule.name).join('\n'));
    return 0;
  }
  const roots = readdirSync('.').filter((name) => ['src', 'test', 'scripts', 'bench'].includes(name));
  const found = roots.flatMap(filesBelow).sort().flatMap(breachesIn);
  for (const line of found) console.log(line);
  return found.length === 0 ? 0 : 1;
};

process.exitCode = main();
