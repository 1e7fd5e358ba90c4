/**
 * `npm run bench:throttled`: 1,000 people and 10,000 memberships through SCIM while Mode refuses every fifth call with 429,
 * beside an ideal client that makes the same calls to the same Mode.
 *
 * What the emulator's own limit allows: it refuses calls by their number, not by their load, so at L calls at once and T ms
 * each, N calls that have to succeed take N / (1 - 1/5) * T / L at least. L is the most calls at once that the bridge
 * allows itself (24), T is `--think`. The ideal client reaches that limit but for what HTTP costs: L workers, each of which
 * repeats a refused call at once. With `--retry-after` each refusal names a wait, and the ideal client keeps it for the call
 * that was refused, the bridge for all calls: then the two are not comparable, and only the healing is judged.
 *
 * Timed are the creates and, once everybody has joined, the groups with their members; the joining itself is nobody's work.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Ready, startCommand } from '../test/support/sandbox.ts';
import { build } from './build.ts';
import { type Client, createIdeal, createProvider, type Wish } from './throttled-clients.ts';
import { startMode, type Temper, type ThrottledMode } from './throttled-mode.ts';

const { values: flags } = parseArgs({
  options: {
    people: { type: 'string', default: '1000' },
    groups: { type: 'string', default: '50' },
    members: { type: 'string', default: '200' },
    think: { type: 'string', default: '100' },
    every: { type: 'string', default: '5' },
    'retry-after': { type: 'string' },
    'at-once': { type: 'string', default: '24' },
    creates: { type: 'string', default: '24' },
    patches: { type: 'string', default: '4' },
    only: { type: 'string' },
    profile: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});

interface Outcome {
  readonly name: string;
  readonly invitesSeconds: number;
  readonly groupsSeconds: number;
  readonly calls: number;
  readonly refused: number;
  readonly longestMs: number;
}

const temper: Temper = {
  thinkMs: Number(flags.think),
  every: Number(flags.every),
  retryAfter: flags['retry-after'],
};

const newWish = (): Wish => {
  const people = Number(flags.people);
  const emails = Array.from({ length: people }, (_, index) => `person-${index}@bench.example`);
  const size = Math.min(people, Number(flags.members));
  const memberOf = (group: number, index: number) => emails[(group * size + index) % people] ?? '';
  return {
    emails,
    groups: new Map(
      Array.from({ length: Number(flags.groups) }, (_, group) => [
        `Bench ${group}`,
        Array.from({ length: size }, (_unused, index) => memberOf(group, index)),
      ]),
    ),
  };
};

const timed = async (work: () => Promise<void>): Promise<number> => {
  const from = performance.now();
  await work();
  return (performance.now() - from) / 1000;
};

/** Nothing lost, nothing twice: everybody is a member and each group has exactly its members. */
const checkTruth = async (mode: ThrottledMode, wish: Wish): Promise<void> => {
  const { members, groups } = await mode.truth();
  const missing = wish.emails.filter((email) => !members.has(email));
  const wrong = [...wish.groups].filter(([name, emails]) => groups.get(name) !== new Set(emails).size);
  if (missing.length + wrong.length === 0) return;
  throw new Error(`Mode lacks ${missing.length} people, and ${wrong.length} groups are not as wished.`);
};

const bring = async (name: string, client: Client, mode: ThrottledMode): Promise<Outcome> => {
  const wish = newWish();
  await mode.order(temper);
  await mode.calls();
  const invitesSeconds = await timed(() => client.invite(wish));
  const invites = await mode.calls();
  await mode.join(wish.emails);
  await client.learn(wish);
  await mode.calls();
  const groupsSeconds = await timed(() => client.fillGroups(wish));
  const memberships = await mode.calls();
  await checkTruth(mode, wish);
  return { name, invitesSeconds, groupsSeconds, calls: invites.total + memberships.total, ...client.trouble };
};

type Contender = (mode: ThrottledMode, folder: string) => Promise<Outcome>;

const ideal: Contender = (mode) =>
  bring('ideal client', createIdeal(mode.access, { atOnce: Number(flags['at-once']), mode }), mode);

const bridge: Contender = async (mode, folder) => {
  const { modeUrl, modeToken, modeSecret } = mode.access;
  const target = ['--mode-url', modeUrl, '--mode-token', modeToken, '--mode-secret', modeSecret];
  const here = ['--data', join(folder, 'bridge'), '--port', '0'];
  const profiling = flags.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${flags.profile}`];
  const sandbox = await startCommand<Ready>(['sandbox', ...here, ...target], [...profiling, 'dist/cli.js']);
  const { creates, patches, members } = flags;
  const sends = { creates: Number(creates), patches: Number(patches), members: Number(members) };
  try {
    return await bring('bridge', createProvider(sandbox.ready, sends), mode);
  } finally {
    await sandbox.end('SIGTERM');
  }
};

const CONTENDERS: Readonly<Record<string, Contender>> = { ideal, bridge };

const run = async (contender: Contender): Promise<Outcome> => {
  const folder = mkdtempSync(join(tmpdir(), 'bench-throttled-'));
  const mode = await startMode(folder);
  try {
    return await contender(mode, folder);
  } finally {
    await mode.stop();
    rmSync(folder, { recursive: true, force: true });
  }
};

const total = ({ invitesSeconds, groupsSeconds }: Outcome): number => invitesSeconds + groupsSeconds;

const report = (outcomes: readonly Outcome[]): void => {
  const wish = newWish();
  const memberships = [...wish.groups.values()].reduce((sum, { length }) => sum + length, 0);
  const needed = wish.emails.length + wish.groups.size + memberships;
  const repeats = temper.every > 0 ? 1 / (1 - 1 / temper.every) : 1;
  const limit = ((needed * repeats) / Number(flags['at-once'])) * (temper.thinkMs / 1000);
  console.log(
    `${wish.emails.length} creates and ${memberships} memberships in ${wish.groups.size} groups; Mode thinks ${temper.thinkMs} ms and refuses every ${temper.every}th call${temper.retryAfter === undefined ? '' : ` with Retry-After: ${temper.retryAfter}`}.`,
  );
  console.log(
    `Its limit at ${flags['at-once']} calls at once: ${limit.toFixed(1)} s. Load average: ${loadavg()[0]?.toFixed(1)}.`,
  );
  console.log('                 creates  members    total  of limit    calls  "not now"  longest');
  for (const one of outcomes) {
    const seconds = [one.invitesSeconds, one.groupsSeconds, total(one)].map((value) =>
      value.toFixed(1).padStart(9),
    );
    const ratio = (total(one) / limit).toFixed(2).padStart(10);
    const rest = `${String(one.calls).padStart(9)}${String(one.refused).padStart(11)}${(one.longestMs / 1000).toFixed(1).padStart(8)} s`;
    console.log(one.name.padEnd(15) + seconds.join('') + ratio + rest);
  }
  const [first, second] = outcomes;
  if (first && second) console.log(`bridge to ideal client: ${(total(second) / total(first)).toFixed(2)}`);
};

build((line) => console.error(line));
const names = flags.only === undefined ? Object.keys(CONTENDERS) : [flags.only];
const outcomes: Outcome[] = [];
for (const name of names) {
  const contender = CONTENDERS[name];
  if (!contender) throw new Error(`--only takes ${Object.keys(CONTENDERS).join(' or ')}.`);
  outcomes.push(await run(contender));
}
if (flags.json) console.log(JSON.stringify(outcomes, undefined, 2));
else report(outcomes);
