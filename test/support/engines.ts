/** Both database engines, for suites that run on each: `describe.each(engines)('… on $engine', …)`. */
import { afterAll, afterEach, beforeAll } from '@jest/globals';
import { type Bridge, type BridgeOptions, startBridge } from './bridge.ts';
import { startPostgres, type TestPostgres } from './postgres.ts';

interface Engine {
  readonly engine: 'SQLite' | 'PostgreSQL';
  /** For use in a `describe`: gives what starts a bridge on an empty database; it is stopped after the test. */
  readonly bridges: () => (options?: BridgeOptions) => Promise<Bridge>;
}

/** Starts bridges for one test each, on what `database` gives. */
const starter = (database: () => Promise<string | undefined>) => {
  const running: Bridge[] = [];
  afterEach(async () => {
    for (const bridge of running.splice(0)) await bridge.stop();
  });
  return async (options: BridgeOptions = {}): Promise<Bridge> => {
    const url = await database();
    const bridge = await startBridge({ ...options, ...(url === undefined ? {} : { database: url }) });
    running.push(bridge);
    return bridge;
  };
};

/** For what has nothing to do with the database. */
export const onSqlite: Engine = { engine: 'SQLite', bridges: () => starter(async () => undefined) };

export const engines: readonly Engine[] = [
  onSqlite,
  {
    engine: 'PostgreSQL',
    bridges: () => {
      let postgres: TestPostgres | undefined;
      beforeAll(async () => {
        postgres = await startPostgres();
      }, 60_000);
      afterAll(() => postgres?.stop());
      return starter(async () => postgres?.createDatabase());
    },
  },
];
