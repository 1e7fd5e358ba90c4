/**
 * Who takes part on one engine: the yardsticks, the bridge on each database, two instances on one, and the peers. Two
 * instances that share a core cost more than one, whatever else they share; so there are also two that share nothing but
 * that. What the former cost more than the latter is what sharing a database costs (docs/decisions/014-benchmarks.md).
 */
import type { Database } from './databases.ts';
import { startGenerator } from './generator.ts';
import type { Plan } from './plan.ts';
import type { Field, Subject } from './rounds.ts';
import { startBridge, startPeer, startYardstick, together } from './servers.ts';

export const EXPRESS = 'bare Express';

const YARDSTICKS: readonly (readonly [string, string])[] = [
  ['bare http', 'bench/yardstick-http.ts'],
  [EXPRESS, 'bench/yardstick-express.ts'],
];

const PEERS: readonly (readonly [string, string])[] = [['scimmy-routers', 'bench/yardstick-scimmy.ts']];
/** A peer that looks through everybody needs seconds for one answer at 100,000 people. */
const MOST_PEOPLE_OF_PEERS = 10_000;
export type Stop = () => Promise<void>;

/** Of one engine. */
export interface Databases {
  /** One of each size. */
  readonly sizes: readonly Database[];
  /** For two instances: one that both share, and one for each of two others; none on SQLite. */
  readonly two?: { readonly shared: Database; readonly apart: readonly [Database, Database] };
}

export interface Casting {
  readonly plan: Plan;
  readonly work: string;
  /** What is to be done at the end, last first, also when something does not start. */
  readonly stops: Stop[];
}

const peopled = (people: number): string => `${people.toLocaleString('en')} people`;

const nodeFlags = ({ profile }: Plan): readonly string[] =>
  profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`];

/** Starts all servers and the load. */
export const cast = async ({ sizes, two }: Databases, { plan, work, stops }: Casting): Promise<Field> => {
  const kept = <T extends { readonly stop: Stop }>(one: T): T => {
    stops.unshift(one.stop);
    return one;
  };
  const subjects: Subject[] = [];
  const [first] = sizes;
  if (!first) throw new Error('No database.');
  for (const [name, program] of YARDSTICKS)
    subjects.push({ name, kind: 'yardstick', server: kept(await startYardstick(program, first)) });
  const options = { work, nodeFlags: nodeFlags(plan) };
  for (const database of sizes) {
    const server = kept(await startBridge(database, options));
    const { people } = database;
    subjects.push({ name: peopled(people), kind: 'bridge', people, instances: 1, server });
  }
  const pair = async (name: string, databases: readonly [Database, Database]): Promise<void> => {
    const one = kept(await startBridge(databases[0], options));
    const other = kept(await startBridge(databases[1], { ...options, place: 'second' }));
    const { people } = databases[0];
    const apart = databases[0] !== databases[1];
    const server = together([one, other]);
    subjects.push({
      name: `${peopled(people)}, ${name}`,
      kind: 'bridge',
      people,
      instances: 2,
      apart,
      server,
    });
  };
  if (two) {
    await pair('two instances', [two.shared, two.shared]);
    await pair('two, a database each', two.apart);
  }
  for (const database of plan.peers ? sizes.filter(({ people }) => people <= MOST_PEOPLE_OF_PEERS) : []) {
    for (const [peer, program] of PEERS) {
      const { people } = database;
      const server = kept(await startPeer(program, database));
      subjects.push({ name: `${peer}, ${people.toLocaleString('en')}`, kind: 'peer', people, server });
    }
  }
  return { generator: kept(startGenerator()), subjects };
};
