/** Several processes that serve on one PostgreSQL and one emulated Mode, and connections to ask them through. */
import { type Bridge, startBridge } from '../../support/bridge.ts';
import { type Instance, startInstance } from '../../support/serve.ts';

export interface Answer {
  readonly status: number;
  readonly etag: string | null;
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely; a wrong shape is a problem that is reported
  readonly body: any;
}

/** One instance as the provider of one connection sees it. */
export interface Side {
  readonly name: string;
  ask(
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answer>;
}

export interface World {
  /** Emulated Mode, database, and a server that nobody asks; it stands for whoever else works on the database. */
  readonly bridge: Bridge;
  readonly instances: readonly Instance[];
  /** A connection of its own, seen through each instance. */
  connect(name: string): Promise<{ readonly connectionId: string; readonly sides: readonly Side[] }>;
  stop(): Promise<void>;
}

/** Asks that instance with that token. */
export const sideOf = ({ url }: Pick<Instance, 'url'>, name: string, token: string): Side => ({
  name,
  ask: async (method, path, body, headers = {}) => {
    const answer = await fetch(`${url}/scim/v2${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/scim+json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return {
      status: answer.status,
      etag: answer.headers.get('etag'),
      body: text === '' ? undefined : JSON.parse(text),
    };
  },
});

/** All are reached under one address: what one writes down of people, the others answer. */
export const SHARED = { PUBLIC_URL: 'https://bridge.example' };

/** Starts so many instances on that database, and one more of the version in another folder. */
export const startWorld = async (database: string, count: number, beside?: string): Promise<World> => {
  const bridge = await startBridge({ database, sync: false, config: SHARED });
  const environment = { ...bridge.environment, ...SHARED };
  const instances: Instance[] = [];
  try {
    for (let index = 0; index < count; index += 1) instances.push(await startInstance(environment));
    if (beside !== undefined) instances.push(await startInstance(environment, beside));
  } catch (error) {
    await bridge.stop();
    throw error;
  }
  return {
    bridge,
    instances,
    connect: async (name) => {
      const { connection, token } = await bridge.addConnection(name);
      const sides = instances.map((instance, index) => sideOf(instance, `instance ${index + 1}`, token));
      return { connectionId: connection.id, sides };
    },
    stop: async () => {
      await Promise.all(instances.map((instance) => instance.end('SIGTERM')));
      await bridge.stop();
    },
  };
};
