/** Who takes part on one engine: the yardsticks, the bridge on each database, two instances on one, and the peers. */

import type { Database } from './databases.ts';
import { startGenerator } from './generator.ts';
import type { EngineName, Plan } from './plan.ts';
import type { Field, Subject } from './rounds.ts';
import { type Server, startBridge, startPeer, startYardstick, together } from './servers.ts';

export const EXPRESS = 'bare Express';

const YARDSTICKS: readonly (readonly [string, string])[] = [
  ['bare http', 'bench/yardstick-http.ts'],
  [EXPRESS, 'bench/yardstick-express.ts'],
];

const PEERS: readonly (readonly [string, string])[] = [['scimmy-routers', 'bench/yardstick-scimmy.ts']];
/** A peer that looks through everybody needs seconds for one answer at 100,000 people. */
const MOST_PEOPLE_OF_PEERS = 10_000;
/** Two instances are compared where there are so many people, or as many as there are. */
const PEOPLE_OF_TWO = 10_000;

export type Stop = () => Promise<void>;

export interface Casting {
  readonly engine: EngineName;
  readonly plan: Plan;
  readonly work: string;
  /** What is to be done at the end, last first, also when something does not start. */
  readonly stops: Stop[];
}

const peopled = (people: number): string => `${people.toLocaleString('en')} people`;

const nodeFlags = ({ profile }: Plan): readonly string[] =>
  profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`];

/** Starts all servers and the load. */
export const cast = async (
  databases: readonly Database[],
  { engine, plan, work, stops }: Casting,
): Promise<Field> => {
  const kept = <T extends { readonly stop: Stop }>(one: T): T => {
    stops.unshift(one.stop);
    return one;
  };
  const subjects: Subject[] = [];
  const [first] = databases;
  if (!first) throw new Error('No database.');
  for (const [name, program] of YARDSTICKS)
    subjects.push({ name, kind: 'yardstick', server: kept(await startYardstick(program, first)) });
  const bridges = new Map<number, Server>();
  const options = { work, nodeFlags: nodeFlags(plan) };
  for (const database of databases) {
    const server = kept(await startBridge(database, options));
    bridges.set(database.people, server);
    const { people } = database;
    subjects.push({ name: peopled(people), kind: 'bridge', people, instances: 1, server });
  }
  if (engine === 'postgres') {
    const database = databases.find(({ people }) => people === PEOPLE_OF_TWO) ?? first;
    const { people } = database;
    const one = bridges.get(people);
    const two = kept(await startBridge(database, { ...options, place: 'second' }));
    const name = `${peopled(people)}, two instances`;
    if (one) subjects.push({ name, kind: 'bridge', people, instances: 2, server: together([one, two]) });
  }
  for (const database of plan.peers ? databases.filter(({ people }) => people <= MOST_PEOPLE_OF_PEERS) : []) {
    for (const [peer, program] of PEERS) {
      const { people } = database;
      const server = kept(await startPeer(program, database));
      subjects.push({ name: `${peer}, ${people.toLocaleString('en')}`, kind: 'peer', people, server });
    }
  }
  return { generator: kept(startGenerator()), subjects };
};
