/** What tests of several instances stand on: a PostgreSQL, an emulated Mode, and instances, which end with their test. */
import { afterAll, afterEach, beforeAll } from '@jest/globals';
import { type Bridge, type BridgeOptions, startBridge } from '../../support/bridge.ts';
import { createGate, type Gate } from '../../support/gate.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';
import { type Instance, startInstance } from '../../support/serve.ts';
import { SHARED } from './world.ts';

export interface Ground {
  /** A gate for a Mode to lie behind. */
  gate(): Gate;
  /** A bridge, and its emulated Mode, on a new database. */
  open(options?: Omit<BridgeOptions, 'database'>): Promise<Bridge>;
  /** The same behind a gate, with nothing read yet; its own server has no part in what follows. */
  openBehindGate(): Promise<{ readonly bridge: Bridge; readonly gate: Gate }>;
  /** One more process on the database of a bridge. */
  start(bridge: Bridge, environment?: Readonly<Record<string, string>>): Promise<Instance>;
}

/** Lays it for the tests of this file. */
export const layGround = (): Ground => {
  let postgres: TestPostgres;
  const closing: (() => unknown)[] = [];
  beforeAll(async () => {
    postgres = await startPostgres();
  }, 60_000);
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  afterAll(() => postgres.stop());

  const gateOfTest = (): Gate => {
    const gate = createGate();
    closing.push(gate.close);
    return gate;
  };
  const open: Ground['open'] = async (options = {}) => {
    const bridge = await startBridge({
      ...options,
      config: { ...SHARED, ...options.config },
      database: await postgres.createDatabase(),
    });
    closing.push(bridge.stop);
    return bridge;
  };
  return {
    gate: gateOfTest,
    open,
    openBehindGate: async () => {
      const gate = gateOfTest();
      const bridge = await open({ through: gate.open, sync: false });
      await bridge.server.stop();
      return { bridge, gate };
    },
    start: async (bridge, environment = {}) => {
      const instance = await startInstance({ ...bridge.environment, ...SHARED, ...environment });
      closing.push(() => instance.end('SIGKILL'));
      return instance;
    },
  };
};
