/** Breaches for the checks that are not lint or import rules: types, house rules, dead code, docs, lockfile. */
import type { Breach } from './breach.ts';

const head = '/** Planted. */\n';

const types = (code: string, file: string, line: string): Breach => ({
  rule: code,
  check: 'types',
  files: { [file]: `${head}${line}\n` },
  names: [file, code],
});

const house = (rule: string, file: string, text = `${head}export const planted = 1;\n`): Breach => ({
  rule,
  check: 'house',
  about: file,
  files: { [file]: text },
  names: [file, `${rule}:`],
});

/** What package.json says more, in a copy that nobody installs. */
const withDependency =
  (kind: 'dependencies' | 'devDependencies', name: string) => (old: string | undefined) => {
    const manifest = JSON.parse(old ?? '{}') as Record<string, Record<string, string>>;
    return JSON.stringify({ ...manifest, [kind]: { ...manifest[kind], [name]: '1.0.0' } });
  };

const dead = (rule: string, name: string, files: Breach['files']): Breach => ({
  rule,
  check: 'dead code',
  about: name,
  files,
  names: [name, ''],
});

const reachable = (old: string | undefined): string => `${old ?? head}\nimport './planted-exports.ts';\n`;

const driftingRow = `${head}
export const generators = [{ file: 'docs/planted.md', generate: (): string => 'fresh\\n' }];
`;

const withoutOnePlatform = (old: string | undefined): string => {
  const lockfile = JSON.parse(old ?? '{}') as { packages: Record<string, unknown> };
  delete lockfile.packages['node_modules/@biomejs/cli-darwin-arm64'];
  return JSON.stringify(lockfile);
};

export const otherBreaches: readonly Breach[] = [
  types('TS2322', 'src/jobs/planted-type.ts', "export const planted: number = 'text';"),
  types(
    'TS2532',
    'src/jobs/planted-index.ts',
    'export const planted = (all: string[]): number => all[0].length;',
  ),
  types('TS1294', 'src/jobs/planted-enum.ts', 'export enum Planted {\n  One,\n}'),
  house('banned-name', 'src/directory/user-utils.ts'),
  house('banned-name', 'src/helpers/planted.ts'),
  house('banned-name', 'test/planted/common.test.ts'),
  house('no-barrel', 'src/planted/index.ts'),
  house('opening-docstring', 'src/jobs/planted-silent.ts', 'export const planted = 1;\n'),
  house(
    'no-hidden-clock',
    'src/directory/planted-clock.ts',
    `${head}export const planted = (): number => Date.now();\n`,
  ),
  house('no-mocked-modules', 'test/planted-mock.test.ts', `${head}jest.mock('node:fs');\n`),
  house('no-only', 'test/planted-only.test.ts', `${head}it.only('hides the others', () => {});\n`),
  dead('unused export', 'plantedExport', {
    'src/cli.ts': reachable,
    'src/planted-exports.ts': `${head}export const plantedExport = 1;\n`,
  }),
  dead('unused type', 'PlantedType', {
    'src/planted-exports.ts': `${head}export const plantedExport = 1;\nexport type PlantedType = number;\n`,
  }),
  dead('unused file', 'src/planted-island.ts', {
    'src/planted-island.ts': `${head}export const planted = 1;\n`,
  }),
  dead('unused dependency', 'planted-dependency', {
    'package.json': withDependency('dependencies', 'planted-dependency'),
  }),
  dead('unused devDependency', 'planted-tool', {
    'package.json': withDependency('devDependencies', 'planted-tool'),
  }),
  dead('unlisted dependency', 'planted-unlisted', {
    'src/planted-exports.ts': (old) => `${old ?? head}import 'planted-unlisted';\n`,
  }),
  {
    rule: 'docs drift',
    check: 'docs',
    files: { 'scripts/docs/generators.ts': driftingRow, 'docs/planted.md': 'stale\n' },
    names: ['docs/planted.md:1', 'drifted'],
  },
  {
    rule: 'lockfile for one platform',
    check: 'lockfile',
    files: { 'package-lock.json': withoutOnePlatform },
    names: ['@biomejs/cli-darwin-arm64', 'missing'],
  },
];
