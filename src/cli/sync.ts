/** `sync`: reads Mode now, and then does what the server does after each sync. */
import { type Command, Option } from 'commander';
import { findConnection, retryRefused } from '../directory/connections/connections.ts';
import { type Deps, isoNow } from '../directory/deps.ts';
import type { Connection } from '../directory/model.ts';
import { isPassing } from '../directory/passing.ts';
import { settleAll } from '../directory/settle/all.ts';
import type { Progress } from '../directory/sync/progress.ts';
import type { Holder, SyncScope } from '../directory/sync/run.ts';
import { sync as syncAlone } from '../directory/sync/scopes.ts';
import { AppError } from '../errors.ts';
import { print, printFailure, printJson } from './output.ts';
import { bar, busyText, type ShownProgress, startProgress } from './progress.ts';
import { withSession } from './session.ts';
import { untilStopped } from './signals.ts';
import { isIncomplete, type Synced, syncJson, syncLines } from './sync-report.ts';

interface SyncCommandOptions {
  readonly changes?: boolean;
  readonly people?: boolean;
  readonly json?: boolean;
}

/** Longer than any workspace needs; the throttle ends what hangs. */
const PATIENCE_MS = 60 * 60_000;

const scopeOf = ({ changes, people }: SyncCommandOptions): SyncScope => {
  if (changes) return 'changes';
  return people ? 'members' : 'full';
};

/** Those that were named, each once; all where none was. */
const chosen = async (deps: Deps, names: readonly string[]): Promise<readonly Connection[]> => {
  const found = await (names.length === 0
    ? deps.store.connections.list()
    : Promise.all(names.map((name) => findConnection(deps, name))));
  if (found.length > 0) return [...new Map(found.map((one) => [one.id, one])).values()];
  const message = 'There is no connection yet: mode-scim-bridge connection add --help';
  throw new AppError('notFound', 'cli.sync.no-connection', message);
};

/** Says what is going on. */
const createWatch = (name: string, progress: ShownProgress) => {
  const steps = new Map<Progress['step'], string>();
  let waitsFor: string | undefined;
  progress.show(`${name}: asking Mode`);
  return {
    onProgress: ({ step, done, total }: Progress): void => {
      steps.set(step, bar(step, done, total));
      progress.show(`${name}: ${[...steps.values()].join('  ')}`);
    },
    onSettled: (done: number, total: number): void =>
      progress.show(`${name}: ${bar('changes owed to Mode', done, total)}`),
    onBusy: (holder: Holder): void => {
      if (waitsFor === holder.owner) return;
      waitsFor = holder.owner;
      progress.say(busyText(name, holder));
      progress.show(`${name}: waiting`);
    },
  };
};

interface Running {
  readonly deps: Deps;
  readonly progress: ShownProgress;
  readonly scope: SyncScope;
  readonly isJson: boolean;
  /** Resolves at Ctrl-C. */
  readonly stopped: Promise<unknown>;
}

/** Reads one connection, and settles what Mode is owed then, as the server does after each sync. */
const syncOne = async ({ deps, progress, scope }: Running, connection: Connection): Promise<Synced> => {
  const from = performance.now();
  const watch = createWatch(connection.name, progress);
  await retryRefused(deps, connection);
  const call = { connection, deadline: deps.now().getTime() + PATIENCE_MS };
  const wish = { connection, scope, since: isoNow(deps) };
  const outcome = await syncAlone(deps, wish, { ...call, ...watch, orFull: true });
  const now = isoNow(deps);
  const due = (await deps.store.unsettled.list(connection.id)).filter(({ notBefore }) => notBefore <= now);
  const owed = await settleAll(deps, call, due, watch.onSettled);
  return { connection, outcome, owed, seconds: Math.round(performance.now() - from) / 1000 };
};

/** Ends the work at Ctrl-C. What was read is kept, and whoever wants to read next need not wait for this process. */
const unlessStopped = <T>({ deps, stopped }: Running, { id }: Connection, work: Promise<T>): Promise<T> => {
  const stop = stopped.then(async (): Promise<never> => {
    await deps.store.syncs.release(id, deps.owner);
    const message = 'Stopped. What was read is kept; the next sync reads the rest.';
    throw new AppError('unavailable', 'cli.sync.stopped', message);
  });
  return Promise.race([work, stop]);
};

/** Says what came of one connection; one that fails is no reason to leave out the others. */
const report = async (running: Running, connection: Connection): Promise<object> => {
  const { deps, progress, isJson } = running;
  const synced = await unlessStopped(running, connection, syncOne(running, connection));
  progress.clear();
  if (!isJson) for (const line of await syncLines(deps, synced)) print(line);
  if (isIncomplete(synced)) process.exitCode = 1;
  return syncJson(synced);
};

const reportFailure = ({ progress }: Running, connection: Connection, error: unknown): object => {
  const { name, id, modeUrl } = connection;
  progress.clear();
  printFailure(error, `mode-scim-bridge: ${name}`);
  if (isPassing(error) && error.code.startsWith('mode.'))
    progress.say(
      `Is Mode reachable at ${modeUrl}? Run it again later; a running server tries again by itself.`,
    );
  process.exitCode = 1;
  const known = error instanceof AppError ? error : { code: 'bug', message: String(error) };
  return { connection: name, id, error: { code: known.code, message: known.message } };
};

const sync = (names: readonly string[], options: SyncCommandOptions): Promise<void> =>
  withSession({ mode: true }, async ({ deps }) => {
    const connections = await chosen(deps, names);
    const progress = startProgress();
    let hasStopped = false;
    const stopped = untilStopped().then(() => {
      hasStopped = true;
    });
    const { json: isJson = false } = options;
    const running = { deps, progress, scope: scopeOf(options), isJson, stopped };
    const syncs: object[] = [];
    for (const connection of connections) {
      if (hasStopped) break;
      const done = report(running, connection);
      syncs.push(await done.catch((error: unknown) => reportFailure(running, connection, error)));
    }
    progress.end();
    if (isJson) printJson({ syncs });
  });

export const addSync = (program: Command): void => {
  program
    .command('sync [connections...]')
    .description(
      'Read from Mode who is there, in which groups, now; of all connections when none is named. Then manual changes are ' +
        'undone, shown or taken over, as each connection says, and what Mode is owed is carried out. Waits for a sync that ' +
        'runs already, here or in a server on the same database. Ends with 1 when a connection failed, a guard stopped ' +
        'what was to be done, Mode refused it, or does not show its groups.',
    )
    .addOption(
      new Option(
        '--changes',
        "only what Mode's log names since the last sync: one call when nothing happened. Needs a Workspace token; with " +
          'another everything is read. Joining, leaving and renamed groups are in no log',
      ).conflicts('people'),
    )
    .option('--people', 'only who is there, not the groups: two calls')
    .option('--json', 'print one line of JSON')
    .action(sync);
};
