/** A breach of every rule that biome.jsonc asks for by name, and of some that come with its presets. */
import type { Breach } from './breach.ts';

const head = '/** Planted. */\n';
const repeat = (times: number, line: (index: number) => string): string =>
  Array.from({ length: times }, (_, index) => line(index)).join('\n');

const lint = (rule: string, file: string, code: string, more: Breach['files'] = {}): Breach => ({
  rule: rule.split('/').at(-1) ?? rule,
  check: 'lint',
  about: file,
  files: { ...more, [file]: head + code },
  names: [file, rule],
});

const longFunction = `export const planted = (): number => {\n${repeat(41, (index) => `  const n${index} = ${index};`)}\n  return n0;\n};\n`;
const tangled = `export const planted = (n: number): number => {
  for (let i = 0; i < n; i += 1) {
    if (i % 2 === 0) {
      for (let j = 0; j < n; j += 1) {
        if (j % 3 === 0) {
          if (i > j) return i;
          while (j > i) return j;
        }
      }
    }
  }
  return n;
};
`;

export const lintBreaches: readonly Breach[] = [
  lint('format', 'src/jobs/planted-format.ts', 'export const planted = "double quotes"\n'),
  lint(
    'organizeImports',
    'src/jobs/planted-order.ts',
    "import { z } from 'zod';\nimport { join } from 'node:path';\nexport const planted = [z, join];\n",
  ),
  lint(
    'noExplicitAny',
    'src/jobs/planted-any.ts',
    'export const planted = (value: any): unknown => value;\n',
  ),
  lint('noDefaultExport', 'src/jobs/planted-default.ts', 'export default 1;\n'),
  lint(
    'noNonNullAssertion',
    'src/jobs/planted-bang.ts',
    'export const planted = (value?: string): string => value!;\n',
  ),
  lint(
    'useImportType',
    'src/jobs/planted-import-type.ts',
    "import { Server } from 'node:http';\nexport type Planted = Server;\n",
  ),
  lint('useFilenamingConvention', 'src/jobs/plantedCamel.ts', 'export const planted = 1;\n'),
  lint('noConsole', 'src/jobs/planted-console.ts', "console.log('planted');\n"),
  lint('noConsole', 'src/planted-console.ts', "console.error('planted');\n"),
  lint('noProcessEnv', 'src/jobs/planted-env.ts', "export const planted = process.env['HOME'];\n"),
  lint('noProcessEnv', 'src/cli/planted-env.ts', "export const planted = process.env['HOME'];\n"),
  lint('noExcessiveLinesPerFunction', 'src/jobs/planted-long-function.ts', longFunction),
  lint(
    'noExcessiveLinesPerFile',
    'src/jobs/planted-long-file.ts',
    `${repeat(251, (index) => `export const n${index} = ${index};`)}\n`,
  ),
  lint(
    'noExcessiveLinesPerFile',
    'test/planted-long.test.ts',
    `${repeat(501, (index) => `it('${index}', () => {});`)}\n`,
  ),
  lint('noExcessiveCognitiveComplexity', 'src/jobs/planted-tangled.ts', tangled),
  lint('noUnusedVariables', 'src/jobs/planted-unused.ts', 'const planted = 1;\n'),
  lint(
    'noFloatingPromises',
    'src/jobs/planted-floating.ts',
    'const work = async (): Promise<number> => 1;\nexport const planted = (): void => {\n  work();\n};\n',
  ),
  lint(
    'noFloatingPromises',
    'src/jobs/planted-floating-far.ts',
    "import { far } from './planted-far.ts';\n\nexport const planted = (): void => {\n  far();\n};\n",
    { 'src/jobs/planted-far.ts': `${head}export const far = async (): Promise<number> => 1;\n` },
  ),
  lint(
    'noMisusedPromises',
    'src/jobs/planted-misused.ts',
    'const work = async (): Promise<boolean> => true;\nexport const planted = (): number => {\n  if (work()) return 1;\n  return 2;\n};\n',
  ),
];
