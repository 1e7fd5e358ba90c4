/**
 * `npm run check:image`: the steps of the Dockerfile by hand, where no Docker engine is. Each stage becomes a folder;
 * COPY copies (no more than .dockerignore lets through), `RUN npm …` runs; other RUN lines need the image's own system
 * and are left out, said so. Then its database is made, it is started as the image would start it, its HEALTHCHECK asked until it
 * says healthy, and it is stopped by its STOPSIGNAL, which it must obey in time.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  isInContext,
  lastOf,
  readCopy,
  readDockerfile,
  readEnvironment,
  readExec,
  type Stage,
} from './image/dockerfile.ts';

const HEALTHY_WITHIN_MS = 30_000;
const STOPPED_WITHIN_MS = 10_000;

/** Environment of a container: nothing of this machine but where programs are and how npm reaches its registry. */
const bareEnvironment = (more: Record<string, string>): NodeJS.ProcessEnv => {
  const kept = Object.entries(process.env).filter(([name]) =>
    /^(PATH|HOME|LANG|.*proxy|NODE_EXTRA_CA_CERTS|SSL_CERT_.*)$/i.test(name),
  );
  return { ...Object.fromEntries(kept), ...more };
};

/** A path inside a stage, as a folder of this machine. */
const inside = (root: string, stage: string, path: string): string => join(root, stage, path);

const copyInto = (root: string, stage: Stage, workdir: string, text: string): void => {
  const { from, sources, target } = readCopy({ keyword: 'COPY', text, line: 0 });
  const dockerignore = readFileSync('.dockerignore', 'utf8');
  for (const source of sources) {
    if (from === undefined && !isInContext(dockerignore, source))
      throw new Error(`COPY ${source}: .dockerignore keeps it out`);
    const origin = from === undefined ? source : inside(root, from, source);
    const place = inside(
      root,
      stage.name,
      join(workdir, target, sources.length > 1 || target.endsWith('/') ? basename(source) : ''),
    );
    cpSync(origin, place, { recursive: true, verbatimSymlinks: true });
  }
};

const runIn = (folder: string, text: string): void => {
  const { status } = spawnSync('sh', ['-c', text], {
    cwd: folder,
    stdio: 'inherit',
    env: bareEnvironment({}),
  });
  if (status !== 0) throw new Error(`RUN ${text} ended with ${status}`);
};

/** Carries out one stage; gives the folder in which it ends. */
const buildStage = (root: string, stage: Stage): string => {
  let workdir = '/';
  for (const { keyword, text } of stage.instructions) {
    const folder = inside(root, stage.name, workdir);
    if (keyword === 'WORKDIR') {
      workdir = text;
      mkdirSync(inside(root, stage.name, workdir), { recursive: true });
    } else if (keyword === 'COPY') copyInto(root, stage, workdir, text);
    else if (keyword === 'RUN' && text.startsWith('npm ')) {
      console.log(`${stage.name}: ${text}`);
      runIn(folder, text);
    } else if (keyword === 'RUN') console.log(`${stage.name}: left out: ${text}`);
  }
  return inside(root, stage.name, workdir);
};

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
};

const untilHealthy = async (
  stage: Stage,
  folder: string,
  env: NodeJS.ProcessEnv,
  child: ChildProcess,
): Promise<void> => {
  const check = lastOf(stage, 'HEALTHCHECK')?.text.replace(/^.*?CMD /, '') ?? '';
  const [program = '', ...args] = readExec(check) ?? ['sh', '-c', check];
  const startedAt = performance.now();
  while (performance.now() - startedAt < HEALTHY_WITHIN_MS) {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
    if (spawnSync(program, args, { cwd: folder, env }).status === 0) return;
    await sleep(250);
  }
  throw new Error(`HEALTHCHECK did not succeed within ${HEALTHY_WITHIN_MS / 1000} s`);
};

const stopped = async (child: ChildProcess, signal: NodeJS.Signals): Promise<string> => {
  const exit = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), STOPPED_WITHIN_MS);
  const [code, by] = await exit;
  clearTimeout(timer);
  if (code !== 0) throw new Error(`after ${signal} it ended with ${by ?? `exit ${code}`}`);
  return `ended by itself after ${signal}`;
};

const entrypointOf = (stage: Stage): string[] => readExec(lastOf(stage, 'ENTRYPOINT')?.text ?? '') ?? [];

/** Asks for help, makes the database, starts the image's command, waits until it is healthy, stops it. */
const tryOut = async (root: string, stage: Stage, folder: string): Promise<void> => {
  const data = join(root, 'data');
  mkdirSync(data);
  const env = bareEnvironment({
    ...readEnvironment(stage),
    DATABASE_URL: `sqlite:${join(data, 'bridge.db')}`,
    ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    PORT: String(await freePort()),
  });
  const [program = '', ...args] = entrypointOf(stage);
  for (const once of ['--help', 'migrate']) {
    const { status, stdout, stderr } = spawnSync(program, [...args, once], {
      cwd: folder,
      env,
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`${once} ended with ${status}\n${stderr}`);
    console.log(`${once}: ${stdout.split('\n')[0]}`);
  }
  const command = readExec(lastOf(stage, 'CMD')?.text ?? '') ?? [];
  const child = spawn(program, [...args, ...command], {
    cwd: folder,
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  try {
    await untilHealthy(stage, folder, env, child);
    console.log(
      `${command.join(' ')}: healthy, ${await stopped(child, (lastOf(stage, 'STOPSIGNAL')?.text ?? 'SIGTERM') as NodeJS.Signals)}`,
    );
  } finally {
    if (child.exitCode === null) child.kill('SIGKILL');
  }
};

const main = async (): Promise<number> => {
  const root = mkdtempSync(join(tmpdir(), 'image-steps-'));
  try {
    const stages = readDockerfile(readFileSync('Dockerfile', 'utf8'));
    const folders = stages.map((stage) => buildStage(root, stage));
    const [stage, folder] = [stages.at(-1), folders.at(-1)];
    if (stage && folder) await tryOut(root, stage, folder);
    return 0;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
};

process.exitCode = await main().catch((error: unknown) => {
  console.error(`image steps: ${error instanceof Error ? error.message : String(error)}`);
  return 1;
});
