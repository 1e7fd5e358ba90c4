/**
 * Completes package-lock.json with the optional packages for other platforms. A registry that serves only this
 * platform's builds makes npm leave the others out, and `npm ci` then refuses the lockfile, here and everywhere.
 * `npm run lockfile` adds them (name, exact version, platform); `--check` only says what is missing.
 */
import { readFileSync, writeFileSync } from 'node:fs';

interface LockedPackage {
  readonly version?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

type Packages = Readonly<Record<string, LockedPackage>>;

const LOCKFILE = 'package-lock.json';
const SYSTEMS = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32'];
const PROCESSORS = ['arm64', 'arm', 'ia32', 'loong64', 'ppc64', 'riscv64', 's390x', 'x64'];

/** Reads the platform that a package is for from its name, as `@swc/core-linux-arm64-musl` tells it. */
const platformOf = (name: string): Pick<LockedPackage, 'os' | 'cpu' | 'libc'> | undefined => {
  const words = name.split(/[/-]/);
  const os = SYSTEMS.filter((system) => words.includes(system));
  const cpu = PROCESSORS.filter((processor) => words.includes(processor));
  if (os.length === 0 || cpu.length === 0) return undefined;
  const musl = words.some((word) => word.startsWith('musl'));
  return os[0] === 'linux' ? { os, cpu, libc: [musl ? 'musl' : 'glibc'] } : { os, cpu };
};

/** Whether `name` is found from the package at `from`, in its own node_modules or one above. */
const isLocked = (packages: Packages, from: string, name: string): boolean => {
  if (packages[`${from === '' ? '' : `${from}/`}node_modules/${name}`]) return true;
  if (from === '') return false;
  const parent = from.lastIndexOf('/node_modules/');
  return isLocked(packages, parent < 0 ? '' : from.slice(0, parent), name);
};

/** The entry npm would have written, less the checksum that only the package itself can give. */
const entryFor = (name: string, version: string, dev: boolean): LockedPackage => {
  const platform = platformOf(name);
  if (!platform || !/^\d/.test(version)) throw new Error(`Cannot tell what ${name}@${version} is for.`);
  return { version, ...(dev ? { dev } : {}), optional: true, ...platform };
};

const missingIn = (packages: Packages): Record<string, LockedPackage> => {
  const missing: Record<string, LockedPackage> = {};
  for (const [from, locked] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(locked.optionalDependencies ?? {})) {
      if (isLocked(packages, from, name)) continue;
      missing[`node_modules/${name}`] = entryFor(name, version, locked.dev === true);
    }
  }
  return missing;
};

const main = (): number => {
  const lockfile = JSON.parse(readFileSync(LOCKFILE, 'utf8')) as { packages: Packages };
  const missing = missingIn(lockfile.packages);
  const names = Object.keys(missing);
  if (process.argv.includes('--check')) {
    for (const name of names) console.error(`${LOCKFILE}: ${name} is missing; run \`npm run lockfile\``);
    return names.length === 0 ? 0 : 1;
  }
  const all = Object.entries({ ...lockfile.packages, ...missing });
  const packages = Object.fromEntries(all.sort(([a], [b]) => a.localeCompare(b, 'en')));
  if (names.length > 0) writeFileSync(LOCKFILE, `${JSON.stringify({ ...lockfile, packages }, null, 2)}\n`);
  console.log(`${LOCKFILE}: ${names.length} packages added`);
  return 0;
};

process.exitCode = main();
