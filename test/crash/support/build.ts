/** Compiles the program once, beside the run, because it is started hundreds of times and starts twice as fast so. */
import { execFileSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** What the compiled program looks for beside itself. */
const NEIGHBOURS = ['node_modules', 'package.json', 'scim-schemas'];

/** Compiles into the folder; gives what runs it. */
export const buildProgram = (folder: string): readonly string[] => {
  const tsc = resolve('node_modules', '.bin', 'tsc');
  execFileSync(tsc, ['-p', 'tsconfig.build.json', '--outDir', join(folder, 'dist')], { stdio: 'inherit' });
  for (const name of NEIGHBOURS) symlinkSync(resolve(name), join(folder, name));
  return [process.execPath, '--enable-source-maps', join(folder, 'dist', 'cli.js')];
};
