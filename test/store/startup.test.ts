/**
 * What is said when a connection to PostgreSQL begins. A pooler between, such as PgBouncer, refuses to begin with what it
 * does not know, so the documentation must name all of that.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { openStore } from '../../src/store/index.ts';

/** What PgBouncer itself keeps track of (pgbouncer.ini, `ignore_startup_parameters`), and what names the database. */
const KNOWN = ['user', 'database', 'client_encoding', 'application_name'];
const PAGES = ['docs/operations.md', 'docs/several-instances.md'];

/** The names in a startup packet: length, version, then name and value by turns, each ended by a zero. */
const namesIn = (packet: Buffer): readonly string[] =>
  packet
    .subarray(8)
    .toString()
    .split('\0')
    .filter((name, index) => index % 2 === 0 && name !== '');

/** Opens a store at something that hears the first packet and hangs up. */
const startupNames = async (): Promise<readonly string[]> => {
  const heard: Buffer[] = [];
  const server = createServer((socket) => {
    socket.once('data', (packet) => {
      heard.push(packet);
      socket.destroy();
    });
    socket.on('error', () => undefined);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  try {
    const { port } = server.address() as AddressInfo;
    await openStore({ url: `postgres://bridge@127.0.0.1:${port}/bridge` }).catch(() => undefined);
  } finally {
    server.close();
  }
  return namesIn(heard[0] ?? Buffer.alloc(0));
};

it('has nothing that the documentation of PgBouncer does not name', async () => {
  const names = await startupNames();
  expect(names).toContain('user');
  const unknown = names.filter((name) => !KNOWN.includes(name)).sort();
  for (const page of PAGES) {
    const text = readFileSync(page, 'utf8').replace(/\s+/g, ' ');
    const [, ignored = ''] = /`ignore_startup_parameters = ([\w, ]+)`/.exec(text) ?? [];
    expect([page, ignored.split(', ').sort()]).toEqual([page, unknown]);
  }
});
