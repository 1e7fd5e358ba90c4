/** The servers that judges assume: each is started when the first judge asks for it, and all are stopped together. */
import type { Address, Profile } from './judge.ts';
import { startSandbox } from './sandbox.ts';
import { startStack } from './stack.ts';

interface Server {
  readonly address: Address;
  readonly stop: () => Promise<boolean>;
}

export interface Servers {
  readonly get: (profile: Profile) => Promise<Address>;
  /** Gives the profiles whose server had to be killed. */
  readonly stop: () => Promise<readonly Profile[]>;
}

const stack = async (...flags: readonly string[]): Promise<Server> => {
  const { stop, ...address } = await startStack(flags);
  return { address, stop };
};

const START: Readonly<Record<Profile, () => Promise<Server>>> = {
  sandbox: async () => {
    const { ready, stop } = await startSandbox();
    return { address: { scimBaseUrl: ready.scimBaseUrl, scimToken: ready.scimToken }, stop };
  },
  'empty, tolerant': () => stack(),
  'empty, strict': () => stack('--strict'),
};

/** One server for each profile; `given` is used for all of them instead, where there is one. */
export const createServers = (given: Address | undefined): Servers => {
  const started = new Map<Profile, Promise<Server>>();
  const start = (profile: Profile): Promise<Server> => {
    const server = started.get(profile) ?? START[profile]();
    started.set(profile, server);
    return server;
  };
  return {
    get: async (profile) => given ?? (await start(profile)).address,
    stop: async () => {
      const killed: Profile[] = [];
      for (const [profile, starting] of started) {
        const server = await starting.catch(() => undefined);
        if (server && !(await server.stop())) killed.push(profile);
      }
      return killed;
    },
  };
};
