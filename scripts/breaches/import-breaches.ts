/** A breach of every import rule of .dependency-cruiser.cjs; those of one kind are derived from the rules' names. */
import { createRequire } from 'node:module';
import type { Breach, Planted } from './breach.ts';

interface ImportRules {
  readonly forbidden: readonly { readonly name: string }[];
}

const rules = createRequire(import.meta.url)('../../.dependency-cruiser.cjs') as ImportRules;

/** The names of all import rules. */
export const importRuleNames: readonly string[] = rules.forbidden.map(({ name }) => name);

const importing = (specifier: string): string => `/** Planted. */\nimport '${specifier}';\n`;
const orEmpty: Planted = (old) => old ?? '/** Planted. */\nexport const planted = 1;\n';

const breach = (rule: string, file: string, specifier: string, more: Breach['files'] = {}): Breach => ({
  rule,
  check: 'imports',
  about: specifier,
  files: { ...more, [file]: importing(specifier) },
  names: [file, `${rule}:`],
});

const endingWith = (ending: string): string[] =>
  importRuleNames.filter((name) => name.endsWith(ending)).map((name) => name.slice(0, -ending.length));

const EDGE_ENDING = '-knows-no-other-edge';
const HOME_ENDING = '-has-one-home';

/** Every edge reaches for another; scim is reached for by all, and itself reaches for store. */
const betweenEdges = endingWith(EDGE_ENDING).map((edge) => {
  const other = edge === 'scim' ? 'store' : 'scim';
  const target = `src/${other}/planted-target.ts`;
  return breach(`${edge}${EDGE_ENDING}`, `src/${edge}/planted-edge.ts`, `../${other}/planted-target.ts`, {
    [target]: orEmpty,
  });
});

/** Every vendor is used where it has no home. */
const homeless = endingWith(HOME_ENDING).map((vendor) =>
  breach(`${vendor}${HOME_ENDING}`, `src/jobs/planted-${vendor}.ts`, vendor),
);

const composing = ['config', 'compose', 'main', 'app', 'cli'].map((file) =>
  breach('only-main-and-cli-compose', `src/security/planted-${file}.ts`, `../${file}.ts`, {
    [`src/${file}.ts`]: orEmpty,
  }),
);

export const importBreaches: readonly Breach[] = [
  ...betweenEdges,
  ...homeless,
  ...composing,
  {
    // The cycle is named from the end where the tool enters it.
    ...breach('no-cycles', 'src/directory/planted-cycle.ts', './planted-cycle-back.ts', {
      'src/directory/planted-cycle-back.ts': importing('./planted-cycle.ts'),
    }),
    names: ['src/directory/planted-cycle', 'no-cycles:'],
  },
  breach('not-to-nowhere', 'src/directory/planted-nowhere.ts', './planted-nothing-here.ts'),
  {
    ...breach('errors-is-a-leaf', 'src/errors.ts', './planted-leaf.ts', { 'src/planted-leaf.ts': orEmpty }),
    files: {
      'src/planted-leaf.ts': orEmpty,
      'src/errors.ts': (old) => `${old ?? ''}\nimport './planted-leaf.ts';\n`,
    },
  },
  breach('directory-is-the-centre', 'src/directory/planted-outward.ts', '../mode/planted-target.ts', {
    'src/mode/planted-target.ts': orEmpty,
  }),
  breach('directory-knows-no-vendor', 'src/directory/planted-vendor.ts', 'express'),
  breach('emulator-is-an-island', 'src/emulator/planted-bridge.ts', '../errors.ts'),
  {
    ...breach('emulator-is-an-island', 'src/emulator/planted-type.ts', '../errors.ts'),
    about: 'a type alone',
    files: {
      'src/emulator/planted-type.ts':
        "/** Planted. */\nimport type { AppError } from '../errors.ts';\nexport type Planted = AppError;\n",
    },
  },
  breach('src-never-imports-outside', 'src/directory/planted-test.ts', '../../test/planted-support.ts', {
    'test/planted-support.ts': orEmpty,
  }),
  breach('no-dev-dependency-in-src', 'src/directory/planted-dev.ts', 'supertest'),
];
