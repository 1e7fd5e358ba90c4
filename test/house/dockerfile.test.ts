/** The Dockerfile, read as text: here is no Docker engine. `npm run check:image` carries out its steps by hand. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  isInContext,
  lastOf,
  readCopy,
  readDockerfile,
  readEnvironment,
  readExec,
  type Stage,
} from '../../scripts/image/dockerfile.ts';

const root = resolve(import.meta.dirname, '../..');
const textOf = (file: string): string => readFileSync(join(root, file), 'utf8');
const stages = readDockerfile(textOf('Dockerfile'));
const final = stages.at(-1) as Stage;
const copies = stages.flatMap((stage) =>
  stage.instructions.filter(({ keyword }) => keyword === 'COPY').map((one) => ({ stage, ...readCopy(one) })),
);
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

describe('Dockerfile', () => {
  it('builds in one stage and runs in another, both on the current LTS by an exact major', () => {
    expect(stages.map(({ name }) => name)).toEqual(['build', 'runtime']);
    expect(new Set(stages.map(({ image }) => image))).toEqual(new Set(['node:24-bookworm-slim']));
  });

  it('copies only what exists and what .dockerignore lets through', () => {
    const fromContext = copies.filter(({ from }) => from === undefined).flatMap(({ sources }) => sources);
    expect(fromContext.filter((source) => !existsSync(join(root, source)))).toEqual([]);
    expect(fromContext.filter((source) => !isInContext(textOf('.dockerignore'), source))).toEqual([]);
    expect(fromContext).toContain('src');
  });

  it('copies from stages that stand before', () => {
    for (const { stage, from } of copies.filter((copy) => copy.from !== undefined)) {
      const before = stages.slice(0, stages.indexOf(stage)).map(({ name }) => name);
      expect(before).toContain(from);
    }
  });

  it('keeps keys, data, tests and the history out of the context', () => {
    const dockerignore = textOf('.dockerignore');
    const kept = ['.env', '.git', 'data', 'node_modules', 'test', 'docs', 'coverage', 'src-old'];
    expect(kept.filter((file) => isInContext(dockerignore, file))).toEqual([]);
    expect(isInContext(dockerignore, 'src/cli.ts')).toBe(true);
  });

  it('puts scim-schemas beside dist, where directory/schema.ts reads it', () => {
    const targets = copies.filter(({ stage }) => stage === final).flatMap(({ target }) => target);
    expect(targets).toEqual(expect.arrayContaining(['./dist', './scim-schemas', './node_modules']));
    expect(textOf('src/directory/schema.ts')).toContain('../../scim-schemas/');
    expect(lastOf(final, 'WORKDIR')?.text).toBe('/app');
  });

  it('installs from the lockfile and runs without development dependencies or install scripts', () => {
    const runs = stages
      .flatMap(({ instructions }) => instructions)
      .filter(({ keyword }) => keyword === 'RUN');
    const installs = runs.map(({ text }) => text).filter((text) => /^npm (ci|install|prune)/.test(text));
    expect(installs.every((text) => text.includes('--ignore-scripts') && !text.includes('npm install'))).toBe(
      true,
    );
    expect(installs.at(-1)).toContain('--omit=dev');
    expect(readEnvironment(final)['NODE_ENV']).toBe('production');
  });

  it('needs no install script in production', () => {
    const lockfile: unknown = JSON.parse(textOf('package-lock.json'));
    const packages = isObject(lockfile) && isObject(lockfile['packages']) ? lockfile['packages'] : {};
    const scripted = Object.entries(packages).filter(
      ([, locked]) => isObject(locked) && locked['hasInstallScript'] === true && locked['dev'] !== true,
    );
    expect(scripted.map(([name]) => name)).toEqual([]);
  });

  it('runs as somebody who is not root and owns nothing but /data', () => {
    expect(lastOf(final, 'USER')?.text).toBe('node');
    expect(lastOf(final, 'VOLUME')?.text).toBe('/data');
    const runs = final.instructions.filter(({ keyword }) => keyword === 'RUN').map(({ text }) => text);
    expect(runs).toEqual(['install -d -o node -g node -m 0750 /data']);
    expect(copies.filter(({ stage }) => stage === final)).toHaveLength(4);
    expect(textOf('Dockerfile')).not.toContain('--chown');
  });

  it('keeps its database in the volume', () => {
    expect(readEnvironment(final)['DATABASE_URL']).toBe('sqlite:/data/bridge.db');
  });

  it('says whether it is healthy with nothing but node', () => {
    const check = lastOf(final, 'HEALTHCHECK')?.text ?? '';
    const command = readExec(check.slice(check.indexOf('[')));
    expect(command?.[0]).toBe('node');
    expect(command?.at(-1)).toContain('/healthz');
    expect(() => new Function(command?.at(-1) ?? '(')).not.toThrow();
  });

  it('is one process that gets its signals: exec form, SIGTERM', () => {
    expect(readExec(lastOf(final, 'ENTRYPOINT')?.text ?? '')).toEqual(['node', 'dist/cli.js']);
    expect(readExec(lastOf(final, 'CMD')?.text ?? '')).toEqual(['serve']);
    expect(lastOf(final, 'STOPSIGNAL')?.text).toBe('SIGTERM');
  });
});

describe('reading Dockerfiles', () => {
  it('refuses what it does not understand', () => {
    expect(() => readDockerfile('FROM a\nONBUILD RUN x')).toThrow(
      'Dockerfile:2: "ONBUILD" is not understood here',
    );
    expect(() => readDockerfile('RUN x')).toThrow('before FROM');
  });

  it('joins continued lines', () => {
    const [stage] = readDockerfile('FROM a AS b\nENV A=1 \\\n    B=2\n');
    expect(stage && readEnvironment(stage)).toEqual({ A: '1', B: '2' });
  });
});
