/**
 * `npm run check:breaches`: do the checks still see? Copies the tree, plants a breach of every rule in the copy, runs
 * each check there once, and fails if a check passes or does not name a breach with its place, or if a rule has no
 * breach. All breaches of one check share one run, so the whole takes about as long as `npm run check`.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { type Breach, isNamed, plant } from './breaches/breach.ts';
import { importBreaches, importRuleNames } from './breaches/import-breaches.ts';
import { lintBreaches } from './breaches/lint-breaches.ts';
import { otherBreaches } from './breaches/other-breaches.ts';
import { CHECKS, type CheckName, type Outcome, runCommand } from './checks.ts';

const BREACHES: readonly Breach[] = [...lintBreaches, ...importBreaches, ...otherBreaches];
const LEFT_OUT = ['node_modules', '.git', 'dist', 'data', 'coverage', '.cache'];

const copyTree = (root: string): string => {
  const copy = mkdtempSync(join(tmpdir(), 'planted-breaches-'));
  cpSync(root, copy, {
    recursive: true,
    filter: (source) => !LEFT_OUT.includes(relative(root, source).split('/')[0] ?? ''),
  });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  return copy;
};

/** The rules that biome.jsonc turns on by name. */
const lintRuleNames = (root: string): string[] => {
  const text = readFileSync(join(root, 'biome.jsonc'), 'utf8').replace(/^\s*\/\/.*$/gm, '');
  const { linter } = JSON.parse(text) as { linter: { rules: Record<string, unknown> } };
  const groups = Object.values(linter.rules).filter((group) => typeof group === 'object' && group !== null);
  return groups
    .flatMap((group) => Object.entries(group))
    .flatMap(([name, level]) => (level === 'off' ? [] : [name]));
};

const rulesWithoutBreach = async (root: string): Promise<string[]> => {
  const house = await runCommand([...CHECKS.house, '--list'], root);
  const rules = [...importRuleNames, ...lintRuleNames(root), ...house.output.trim().split('\n')];
  const planted = new Set(BREACHES.map(({ rule }) => rule));
  return rules.filter((rule) => !planted.has(rule));
};

const isCaught = (breach: Breach, outcomes: ReadonlyMap<CheckName, Outcome>): boolean => {
  const outcome = outcomes.get(breach.check);
  return outcome !== undefined && !outcome.ok && isNamed(breach, outcome.output);
};

/** Runs every check in the copy, two at a time: they compete for the processor. */
const runChecks = async (copy: string): Promise<Map<CheckName, Outcome>> => {
  const waiting = Object.entries(CHECKS) as [CheckName, readonly string[]][];
  const outcomes = new Map<CheckName, Outcome>();
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      outcomes.set(next[0], await runCommand(next[1], copy));
    }
  };
  await Promise.all([work(), work()]);
  return outcomes;
};

const report = (outcomes: ReadonlyMap<CheckName, Outcome>, unplanted: readonly string[]): number => {
  for (const breach of BREACHES) {
    const verdict = isCaught(breach, outcomes) ? 'caught    ' : 'NOT CAUGHT';
    console.log(
      `${verdict} ${breach.check.padEnd(9)} ${breach.rule.padEnd(32)} ${breach.about ?? ''}`.trimEnd(),
    );
  }
  for (const rule of unplanted) console.log(`NOT TRIED  ${rule}: plant a breach of it in scripts/breaches/`);
  const missed = BREACHES.filter((breach) => !isCaught(breach, outcomes));
  for (const check of new Set(missed.map((breach) => breach.check))) {
    console.log(`\nwhat "${check}" said:\n${outcomes.get(check)?.output.trimEnd() ?? ''}`);
  }
  console.log(`${BREACHES.length} breaches planted, ${BREACHES.length - missed.length} caught`);
  return missed.length + unplanted.length === 0 ? 0 : 1;
};

const main = async (): Promise<number> => {
  const root = process.cwd();
  const copy = copyTree(root);
  try {
    for (const breach of BREACHES) plant(copy, breach);
    return report(await runChecks(copy), await rulesWithoutBreach(root));
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
};

process.exitCode = await main();
