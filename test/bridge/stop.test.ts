/** A graceful stop: what runs is finished and answered, nothing new is taken, and nobody can hold it up. */
import { Agent, type IncomingMessage, request } from 'node:http';
import { afterEach, expect, test } from '@jest/globals';
import { type Bridge, startBridge, until } from '../support/bridge.ts';

let bridge: Bridge;
let agent: Agent;
afterEach(async () => {
  agent.destroy();
  await bridge.stop();
});

interface Told {
  readonly status: number;
  readonly connection: string | undefined;
}

/** Over a connection that is kept, as identity providers do. */
const ask = (method: string, path: string, body?: object): Promise<Told | 'refused'> =>
  new Promise((resolve) => {
    const headers = {
      authorization: `Bearer ${bridge.token}`,
      ...(body ? { 'content-type': 'application/scim+json' } : {}),
    };
    const asking = request(`${bridge.server.url}/scim/v2${path}`, { method, agent, headers });
    asking.on('error', () => resolve('refused'));
    asking.on('response', (answer: IncomingMessage) => {
      answer.resume();
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 0, connection: answer.headers.connection }),
      );
    });
    asking.end(body && JSON.stringify(body));
  });

test('ends soon although a client goes on asking over the connections that it keeps', async () => {
  bridge = await startBridge();
  agent = new Agent({ keepAlive: true, maxSockets: 4 });
  const told: (Told | 'refused')[] = [];
  // So that no connection is idle when the stop begins.
  const fault = { route: 'POST /api/{workspace}/invites', delayMs: 100, times: 10_000 };
  await bridge.control('POST', '/faults', fault);
  let number = 0;
  const over = new AbortController();
  const client = async (): Promise<void> => {
    while (!over.signal.aborted) {
      number += 1;
      told.push(await ask('POST', '/Users', { userName: `busy-${number}@acme.example` }));
    }
  };
  const clients = [client(), client(), client(), client()];
  await until('they are answered', async () => told.length > 8);
  const from = performance.now();
  await bridge.server.stop();
  const ms = performance.now() - from;
  over.abort();
  await Promise.all(clients);
  expect(ms).toBeLessThan(5_000);
  const answers = told.filter((one) => one !== 'refused');
  expect(answers.every(({ status }) => status === 201)).toBe(true);
  expect(answers.some(({ connection }) => connection === 'close')).toBe(true);
});

test('finishes and answers the change that is under way, and takes no other on that connection', async () => {
  bridge = await startBridge();
  agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const fault = { route: 'POST /api/{workspace}/invites', delayMs: 500 };
  await bridge.control('POST', '/faults', fault);
  const creating = ask('POST', '/Users', { userName: 'last@acme.example' });
  await until('Mode is asked', async () => {
    const { body } = await bridge.control('GET', '/calls');
    return body.total > 0;
  });
  const stopping = bridge.server.stop();
  expect(await creating).toEqual({ status: 201, connection: 'close' });
  await stopping;
  expect(await ask('GET', '/Users')).toBe('refused');
});
