/**
 * What is written down of people holds the address of the bridge (src/directory/documents.ts). Whatever address an instance
 * is reached under, before and after it changes, and however many there are at a time: each answers with its own.
 */
import { afterEach, expect, test } from '@jest/globals';
import Database from 'libsql';
import { formatOf } from '../../src/directory/documents.ts';
import { userDocuments } from '../../src/scim/user-documents.ts';
import { SCIM_PATH } from '../../src/scim/wire.ts';
import { type Bridge, startBridge, until } from '../support/bridge.ts';

const HERE = 'https://here.example';
const THERE = 'https://there.example/behind';
const PEOPLE = 3;

type Seen = Pick<Bridge, 'deps' | 'scim' | 'server'>;

let bridge: Bridge;
afterEach(() => bridge.stop());

const start = async (config: Readonly<Record<string, string>>): Promise<void> => {
  bridge = await startBridge({ sync: false, config });
  for (let index = 0; index < PEOPLE; index += 1) {
    const body = { userName: `p${index}@acme.example`, active: false };
    expect((await bridge.scim('POST', '/Users', body)).status).toBe(201);
  }
};

/** All addresses in the answer are of that instance, asked for one, for a page and by name. */
const expectOwn = async ({ scim, server }: Seen): Promise<void> => {
  const page = (await scim('GET', '/Users')).body;
  expect(page.Resources).toHaveLength(PEOPLE);
  const found = (await scim('GET', '/Users?filter=userName eq "p1@acme.example"')).body;
  const alone = (await scim('GET', `/Users/${page.Resources[0].id}`)).body;
  expect(found.Resources).toHaveLength(1);
  for (const person of [...page.Resources, ...found.Resources, alone]) {
    expect(person.meta.location).toBe(`${server.publicUrl}${SCIM_PATH}/Users/${person.id}`);
  }
};

const write = (base: string) => userDocuments(base + SCIM_PATH);

/** Everybody can be answered from what was written down for the address of this instance. */
const isWrittenFor = async ({ deps, server }: Seen): Promise<boolean> => {
  const { store } = bridge.deps;
  const number = await store.documents.addressNumber(server.publicUrl + SCIM_PATH);
  if (number === undefined) return false;
  const { format } = await formatOf(deps, write(server.publicUrl));
  const asked = { filter: null, sort: null, after: null, offset: 0, limit: 100, counted: true };
  return (await store.documents.list(bridge.connection.id, asked, format)) !== undefined;
};

const inFile = <T>(work: (database: Database.Database) => T): T => {
  const database = new Database(bridge.environment.DATABASE_URL.slice('sqlite:'.length));
  database.pragma('busy_timeout = 5000');
  try {
    return work(database);
  } finally {
    database.close();
  }
};

test('each instance answers with its own address; people are written for the one that began last, once', async () => {
  await start({});
  await until('written for the first', () => isWrittenFor(bridge));
  await expectOwn(bridge);
  const other = await bridge.beside();
  expect(other.server.publicUrl).not.toBe(bridge.server.publicUrl);
  await Promise.all([expectOwn(bridge), expectOwn(other)]);
  await until('written for the second', () => isWrittenFor(other));
  await Promise.all([expectOwn(bridge), expectOwn(other)]);
  const written = () =>
    inFile((database) => {
      const marked = database.prepare("select seq from sqlite_sequence where name = 'outdated'");
      return (marked.get() as { readonly seq: number }).seq;
    });
  const marks = written();
  // Longer than both look for work: neither finds any, so that nobody is written back and forth.
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  expect(written()).toEqual(marks);
  expect(await isWrittenFor(other)).toBe(true);
});

test('an instance says that another address counts, once, and once that its own does again', async () => {
  await start({ PUBLIC_URL: HERE });
  await until('written for the first', () => isWrittenFor(bridge));
  const second = await bridge.beside(undefined, THERE);
  const said = (event: string) => bridge.logged.filter((line) => line.includes(`"documents.${event}"`));
  await until('it is said', async () => said('other-address').length > 0);
  expect(said('other-address')[0]).toMatch(
    /"level":"warn".*"address":"https:\/\/here\.example\/.*"writtenFor":"https:\/\/there\.example\/.*PUBLIC_URL/,
  );
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  expect([said('other-address').length, said('own-address').length]).toEqual([1, 0]);
  expect(second.logged.filter((line) => line.includes('-address"'))).toEqual([]);
  await bridge.beside(undefined, HERE);
  await until('it is said', async () => said('own-address').length > 0);
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  expect([said('other-address').length, said('own-address').length]).toEqual([1, 1]);
});

test('whoever changes is shown at both, whichever of the two writes her down', async () => {
  await start({ PUBLIC_URL: HERE });
  const other = await bridge.beside(undefined, THERE);
  await until('written for the second', () => isWrittenFor(other));
  const { id } = (await other.scim('GET', '/Users')).body.Resources[0];
  for (const [title, { scim }] of [['Analyst', bridge] as const, ['Engineer', other] as const]) {
    const Operations = [{ op: 'add', path: 'title', value: title }];
    await scim('PATCH', `/Users/${id}`, {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
      Operations,
    });
    for (const seen of [bridge, other]) {
      expect((await seen.scim('GET', `/Users/${id}`)).body.title).toBe(title);
      await expectOwn(seen);
    }
    await until('written for the second again', () => isWrittenFor(other));
    for (const seen of [bridge, other]) {
      expect((await seen.scim('GET', `/Users/${id}`)).body.title).toBe(title);
      await expectOwn(seen);
    }
  }
});

test('an exchange that is undone half way leaves nobody behind: who has the address again goes on with it', async () => {
  await start({ PUBLIC_URL: HERE });
  await until('written for the first', () => isWrittenFor(bridge));
  const second = await bridge.beside(undefined, THERE);
  await until('written for the second', () => isWrittenFor(second));
  const third = await bridge.beside(undefined, HERE);
  await until('written for the third', () => isWrittenFor(third));
  await Promise.all([bridge, second, third].map(expectOwn));
  // The first never began again, and answers from what is written down all the same.
  inFile((database) =>
    database
      .prepare(`update documents set document = replace(document, '"userName"', '"told":1,"userName"')`)
      .run(),
  );
  const told = async ({ scim }: Seen) => (await scim('GET', '/Users')).body.Resources[0].told;
  await until('the first has found out', async () => (await told(bridge)) === 1);
  expect([await told(second), await told(third)]).toEqual([undefined, 1]);
});

test('what an earlier version wrote down, with a sign in place of the address, is never answered', async () => {
  await start({ PUBLIC_URL: HERE });
  await until('written', () => isWrittenFor(bridge));
  inFile((database) =>
    database
      .prepare(
        `update documents set format = 1, document = replace(document, '${HERE}${SCIM_PATH}', char(1))`,
      )
      .run(),
  );
  const untold = inFile((database) => database.prepare('select document from documents').get()) as {
    readonly document: string;
  };
  expect(untold.document).toContain('\u0001/Users/');
  await expectOwn(bridge);
  await until('written anew', () => isWrittenFor(bridge));
  await expectOwn(bridge);
});
