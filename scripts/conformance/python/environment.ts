/** A virtual environment with the pinned judges from PyPI: made once below `.cache/`, anew when the pins change. */
import { createHash } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE } from '../cache.ts';
import { type Ended, lastLine, runProgram } from '../program.ts';

const REQUIREMENTS = join(import.meta.dirname, 'requirements.txt');
const INSTALL_WITHIN_MS = 240_000;
/** What the judges ask for. */
const OLDEST = '3.11';

/** Where its programs are, or why there is none. */
export type PythonEnvironment = { readonly bin: string } | { readonly missing: string };

const folderOf = (): string => {
  const digest = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex').slice(0, 12);
  return join(CACHE, `python-${digest}`);
};

const isComplete = async (bin: string): Promise<boolean> => {
  const { code } = await runProgram([join(bin, 'python'), '-c', 'import scim2_cli, scim2_tester, httpx2']);
  return code === 0;
};

const versionCheck = `import sys; sys.exit(sys.version_info < (${OLDEST.replace('.', ', ')}) and sys.version)`;

const steps = (python: string, folder: string): readonly (readonly [string, readonly string[]])[] => {
  const pip = [join(folder, 'bin', 'python'), '-m', 'pip', '--disable-pip-version-check', '--no-input'];
  return [
    [`no ${python} of version ${OLDEST} or newer`, [python, '-c', versionCheck]],
    [`${python} makes no virtual environment`, [python, '-m', 'venv', '--clear', folder]],
    ['pip cannot install the judge', [...pip, 'install', '--quiet', '--requirement', REQUIREMENTS]],
  ];
};

const reasonOf = (ended: Ended): string => lastLine(ended).slice(0, 160);

/** Makes the environment unless it is there. A machine without Python, or without PyPI, is an answer, not an error. */
export const pythonEnvironment = async (
  python = 'python3',
  folder = folderOf(),
): Promise<PythonEnvironment> => {
  const bin = join(folder, 'bin');
  if (await isComplete(bin)) return { bin };
  for (const [missing, command] of steps(python, folder)) {
    const ended = await runProgram(command, { timeoutMs: INSTALL_WITHIN_MS });
    if (ended.code === 0) continue;
    rmSync(folder, { recursive: true, force: true });
    return { missing: `${missing}: ${reasonOf(ended)}` };
  }
  return { bin };
};
