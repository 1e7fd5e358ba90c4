/** A fresh sandbox as a process of its own: started, waited for until it says that it is ready, stopped for certain. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { freePort, startCli } from './cli-process.ts';

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

const readReady = (line: string): Ready | undefined => {
  if (!line.startsWith('{')) return undefined;
  return readySchema.safeParse(JSON.parse(line)).data;
};

/** Starts a sandbox on free ports with a database of its own. */
export const startSandbox = async (): Promise<Sandbox> => {
  const dataDir = mkdtempSync(join(tmpdir(), 'conformance-'));
  const clear = (): void => rmSync(dataDir, { recursive: true, force: true });
  const ports = ['--port', String(await freePort()), '--mode-port', String(await freePort())];
  try {
    const args = ['sandbox', '--json', '--fresh', '--data', dataDir, ...ports];
    const { ready, stop } = await startCli({ args, readReady });
    return { ready, stop: () => stop().finally(clear) };
  } catch (error) {
    clear();
    throw error;
  }
};
