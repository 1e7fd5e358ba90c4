/**
 * The bridge set up command by command, as an operator does it: an emulated Mode with one person, a migrated database, a
 * connection with the given flags, a token, `serve`. Nothing is ever synced, so its SCIM directory is empty.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { freePort, runCli, startCli } from './cli-process.ts';

const modeSchema = z.looseObject({
  ready: z.literal(true),
  modeUrl: z.url(),
  workspace: z.string(),
  modeToken: z.string(),
  modeSecret: z.string(),
});

const tokenSchema = z.looseObject({ token: z.string().min(1) });

type Mode = z.infer<typeof modeSchema>;
type Environment = Readonly<Record<string, string>>;

export interface Stack {
  readonly scimBaseUrl: string;
  readonly scimToken: string;
  /** Asks everything to end, and ends what does not; gives false in that case. */
  readonly stop: () => Promise<boolean>;
}

const readMode = (line: string): Mode | undefined =>
  line.startsWith('{') ? modeSchema.safeParse(JSON.parse(line)).data : undefined;

const startMode = (folder: string) =>
  startCli({
    args: ['mode', '--json', '--port', '0', '--data', join(folder, 'mode'), '--people', '1', '--groups', '0'],
    readReady: readMode,
  });

const environmentOf = (folder: string, port: number): Environment => ({
  HOST: '127.0.0.1',
  PORT: String(port),
  PUBLIC_URL: `http://127.0.0.1:${port}`,
  DATABASE_URL: `sqlite:${join(folder, 'bridge.db')}`,
  ENCRYPTION_KEY: randomBytes(32).toString('base64'),
  SYNC_INTERVAL_SECONDS: '0',
  CHANGES_INTERVAL_SECONDS: '0',
  LOG_FORMAT: 'json',
  LOG_LEVEL: 'info',
});

/** Adds the connection and gives a SCIM token for it. */
const connect = async (mode: Mode, env: Environment, flags: readonly string[]): Promise<string> => {
  const { modeUrl, modeToken, modeSecret, workspace } = mode;
  await runCli(['migrate'], env);
  await runCli(
    ['connection', 'add', 'judged', '--workspace', workspace, '--mode-url', modeUrl, ...flags],
    { ...env, MODE_TOKEN: modeToken, MODE_SECRET: modeSecret }, // kept out of the command line
  );
  return tokenSchema.parse(JSON.parse(await runCli(['token', 'issue', 'judged', '--json'], env))).token;
};

/** Starts a server with one connection, made with these flags of `connection add`. */
export const startStack = async (flags: readonly string[]): Promise<Stack> => {
  const folder = mkdtempSync(join(tmpdir(), 'conformance-'));
  const stops: (() => Promise<boolean>)[] = [];
  const stop = async (): Promise<boolean> => {
    let gently = true;
    for (const end of stops.reverse()) gently = (await end()) && gently;
    rmSync(folder, { recursive: true, force: true });
    return gently;
  };
  try {
    const mode = await startMode(folder);
    stops.push(mode.stop);
    const env = environmentOf(folder, await freePort());
    const scimToken = await connect(mode.ready, env, flags);
    const readReady = (line: string): true | undefined => line.includes('"serve.ready"') || undefined;
    const server = await startCli({ args: ['serve'], env, readReady });
    stops.push(server.stop);
    return { scimBaseUrl: `${env['PUBLIC_URL']}/scim/v2`, scimToken, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};
