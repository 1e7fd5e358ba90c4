/** A fresh sandbox as a process of its own: started, waited for until it says that it is ready, stopped for certain. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';

const READY_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 10_000;

/** The line that `sandbox --json` prints once it is ready, as far as judges need it. */
const readySchema = z.looseObject({
  ready: z.literal(true),
  scimBaseUrl: z.url(),
  scimToken: z.string().min(1),
  modeUrl: z.url(),
});

export type Ready = z.infer<typeof readySchema>;

export interface Sandbox {
  readonly ready: Ready;
  /** Asks it to end, and ends it when it does not; gives false in that case. */
  readonly stop: () => Promise<boolean>;
}

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
};

const parseReady = (line: string): Ready | undefined => {
  if (!line.startsWith('{')) return undefined;
  return readySchema.safeParse(JSON.parse(line)).data;
};

/** Waits for the ready line; throws when the process ends before, or takes too long. */
const untilReady = (child: ChildProcess, said: readonly string[]): Promise<Ready> =>
  new Promise((resolve, reject) => {
    const giveUp = (why: string): void => {
      clearTimeout(timer);
      reject(new Error(`the sandbox ${why}\n${said.slice(-20).join('\n')}`));
    };
    const timer = setTimeout(
      () => giveUp(`was not ready within ${READY_WITHIN_MS / 1000} s`),
      READY_WITHIN_MS,
    );
    child.once('error', (error) => giveUp(`did not start: ${error.message}`));
    child.once('exit', (code, signal) => giveUp(`ended before it was ready (${signal ?? `exit ${code}`})`));
    if (!child.stdout) return;
    createInterface(child.stdout).on('line', (line) => {
      const ready = parseReady(line);
      if (!ready) return;
      clearTimeout(timer);
      resolve(ready);
    });
  });

const stopProcess = async (child: ChildProcess): Promise<boolean> => {
  if (child.exitCode !== null || child.signalCode !== null) return true;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
  await ended;
  clearTimeout(timer);
  return child.signalCode !== 'SIGKILL';
};

/** Starts a sandbox on free ports with a database of its own. */
export const startSandbox = async (): Promise<Sandbox> => {
  const dataDir = mkdtempSync(join(tmpdir(), 'conformance-'));
  const ports = ['--port', String(await freePort()), '--mode-port', String(await freePort())];
  const command = [
    '--import',
    'tsx',
    'src/cli.ts',
    'sandbox',
    '--json',
    '--fresh',
    '--data',
    dataDir,
    ...ports,
  ];
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'pipe'] });
  const said: string[] = [];
  createInterface(child.stderr).on('line', (line) => said.push(line));
  const killed = (): boolean => child.kill('SIGKILL');
  process.once('exit', killed);
  const stop = async (): Promise<boolean> => {
    const gently = await stopProcess(child);
    process.removeListener('exit', killed);
    rmSync(dataDir, { recursive: true, force: true });
    return gently;
  };
  try {
    return { ready: await untilReady(child, said), stop };
  } catch (error) {
    await stop();
    throw error;
  }
};
