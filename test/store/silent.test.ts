/**
 * A PostgreSQL that vanishes without a word, as at a failover where packets are lost: the connections stand, and nothing is
 * answered. Nobody waits for what TCP waits for, and no connection of which an answer is still owed is used again.
 */
import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';
import type { Token } from '../../src/directory/model.ts';
import { type OpenStore, openStore } from '../../src/store/index.ts';
import { type Bridge, startBridge, until } from '../support/bridge.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
}, 120_000);
afterAll(() => postgres.stop());

/** Stands between, and passes on what it hears until it falls silent. */
const startWire = async (target: URL) => {
  const pairs = new Set<readonly [Socket, Socket]>();
  let isSilent = false;
  const server = createServer((near) => {
    const far = createConnection(Number(target.port), target.hostname);
    const pair = [near, far] as const;
    pairs.add(pair);
    if (isSilent) near.pause();
    else near.pipe(far).pipe(near);
    for (const socket of pair) {
      socket.on('error', () => undefined);
      socket.on('close', () => {
        pairs.delete(pair);
        near.destroy();
        far.destroy();
      });
    }
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = new URL(target);
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    /** The questions still arrive there; their answers do not come back. */
    silence: () => {
      isSilent = true;
      for (const [near, far] of pairs) {
        far.unpipe(near);
        far.pause();
      }
    },
    /** What was held back comes, late. */
    speak: () => {
      isSilent = false;
      for (const [near, far] of pairs) {
        far.pipe(near);
        near.pipe(far);
      }
    },
    close: () => {
      for (const [near, far] of pairs) for (const socket of [near, far]) socket.destroy();
      server.close();
    },
  };
};

const took = async (work: Promise<unknown>): Promise<{ readonly error: unknown; readonly ms: number }> => {
  const from = performance.now();
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return { error, ms: performance.now() - from };
};

const TOKEN: Token = {
  id: 'one',
  kind: 'admin',
  connectionId: null,
  label: 'one',
  hash: 'one',
  createdAt: '2026-01-01T00:00:00.000Z',
  expiresAt: null,
  revokedAt: null,
  lastUsedAt: null,
};
const GONE = { kind: 'unavailable', code: 'store.database.failed' };

describe('a store whose database is silent', () => {
  const LIMIT_MS = 1_500;
  let wire: Awaited<ReturnType<typeof startWire>>;
  let store: OpenStore;
  beforeEach(async () => {
    wire = await startWire(new URL(await postgres.createDatabase()));
    store = await openStore({ url: wire.url, poolSize: 3, answerWithinMs: LIMIT_MS });
    await store.migrate();
    await Promise.all([store.ping(), store.ping(), store.ping()]);
  });
  afterEach(async () => {
    wire.close();
    await store.close();
  });

  it('gives up each statement in time: of a pool, of Kysely, and of a transaction once for all', async () => {
    wire.silence();
    const hot = took(store.tokens.findCaller('nobody'));
    const plain = took(store.connections.list());
    const whole = took(
      store.transaction(async (inner) => {
        await inner.connections.list();
      }),
    );
    for (const { error, ms } of await Promise.all([hot, plain, whole])) {
      expect(error).toMatchObject(GONE);
      expect(ms).toBeLessThan(2 * LIMIT_MS);
    }
  });

  it('is answered by new connections, and never by what the old ones bring late', async () => {
    wire.silence();
    const lost = [store.connections.list(), store.tokens.list(), store.tokens.findCaller('nobody')];
    for (const { error } of await Promise.all(lost.map(took))) expect(error).toMatchObject(GONE);
    wire.speak();
    for (let count = 0; count < 20; count += 1) {
      expect(await store.pendingMigrations()).toEqual([]);
      expect(await Promise.all([store.connections.list(), store.tokens.list()])).toEqual([[], []]);
    }
  });

  it('takes up nothing of a transaction that was cut off', async () => {
    const cut = store.transaction(async (inner) => {
      await inner.tokens.insert(TOKEN);
      wire.silence();
      await inner.connections.list();
    });
    const { error, ms } = await took(cut);
    expect(error).toMatchObject(GONE);
    // It is not waited once more for the rollback.
    expect(ms).toBeLessThan(2 * LIMIT_MS);
    wire.speak();
    for (let count = 0; count < 10; count += 1) expect(await store.tokens.list()).toEqual([]);
    await store.tokens.insert(TOKEN);
    expect(await store.tokens.list()).toEqual([TOKEN]);
  });
});

it('/readyz says so before whoever asks gives up, and is ready again by itself', async () => {
  const wire = await startWire(new URL(await postgres.createDatabase()));
  const bridge: Bridge = await startBridge({ database: wire.url, sync: false });
  try {
    const ask = async () => {
      const answer = await fetch(`${bridge.server.url}/readyz`);
      const { reason } = (await answer.json()) as { reason?: string };
      return { status: answer.status, reason };
    };
    expect(await ask()).toMatchObject({ status: 200 });
    wire.silence();
    const from = performance.now();
    expect(await ask()).toMatchObject({ status: 503, reason: expect.stringContaining('database') });
    expect(performance.now() - from).toBeLessThan(2_000);
    wire.speak();
    await until('it is ready', async () => (await ask()).status === 200);
  } finally {
    await bridge.stop();
    wire.close();
  }
}, 60_000);
