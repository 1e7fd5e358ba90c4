/** How long a start takes, from the beginning of the process to the first answer, and what it then holds in memory. */
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { Database } from './databases.ts';
import { memoryMb } from './processes.ts';
import type { Facts } from './seed.ts';
import { startBridge } from './servers.ts';
import { openWire } from './wire.ts';

export interface Start {
  readonly people: number;
  /** To the first answer: a person, read by id. */
  readonly seconds: number;
  /** Megabytes held a second later. */
  readonly idleMb: number;
}

const TIMES = 5;
const REST_MS = 1_000;

const firstAnswer = async (port: number, { token, userIds }: Facts): Promise<void> => {
  const wire = await openWire(port);
  const head = `GET /scim/v2/Users/${userIds[0]} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${token}\r\n\r\n`;
  const { status } = await wire.ask(head);
  wire.close();
  if (status !== 200) throw new Error(`The first answer was ${status}.`);
};

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** Starts the bridge on this database several times; the medians count. */
export const measureStart = async (database: Database, work: string): Promise<Start> => {
  const facts = JSON.parse(readFileSync(database.factsFile, 'utf8')) as Facts;
  const seconds: number[] = [];
  const megabytes: number[] = [];
  for (let time = 0; time < TIMES; time += 1) {
    const from = performance.now();
    const server = await startBridge(database, { work });
    const { ports, pids } = server.target;
    await firstAnswer(ports[0] ?? 0, facts);
    seconds.push((performance.now() - from) / 1000);
    await wait(REST_MS);
    megabytes.push(memoryMb(pids[0] ?? 0, 'now'));
    await server.stop();
  }
  return { people: database.people, seconds: median(seconds), idleMb: median(megabytes) };
};
