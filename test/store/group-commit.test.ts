/** Several transactions on one commit: each stands or falls by itself, and none is answered before it is on disk. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { createGroupCommit, type Writer } from '../../src/store/group-commit.ts';
import { migrateStore, openStore } from '../../src/store/index.ts';
import { A, asking, connection, user } from '../contract/records.ts';

const folder = mkdtempSync(join(tmpdir(), 'group-commit-'));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
/** A writer on a file of its own, which writes down what it is told, and another connection to look from. */
const open = (fails: (statement: string) => boolean = () => false) => {
  files += 1;
  const path = join(folder, `${files}.db`);
  const database = new Database(path);
  database.pragma('journal_mode = WAL');
  database.exec('create table notes (text not null)');
  const outside = new Database(path);
  const told: string[] = [];
  const execute: Writer['execute'] = (statement) => {
    told.push(statement);
    if (fails(statement)) throw new Error(`no ${statement}`);
    database.exec(statement);
  };
  const writer: Writer = {
    execute,
    patiently: async (work) => work(),
    isInTransaction: () => database.inTransaction,
  };
  const commits = createGroupCommit(writer, 'begin immediate');
  /** One transaction that writes these notes, with pauses between. */
  const note = async (...texts: readonly (string | null)[]): Promise<void> => {
    const member = await commits.begin();
    try {
      for (const text of texts) {
        commits.run(member, () => database.prepare('insert into notes values (?)').run(text));
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    } catch (error) {
      commits.undo(member);
      throw error;
    }
    await commits.commit(member);
  };
  const seen = (): readonly unknown[] =>
    (outside.prepare('select text from notes order by rowid').all() as { text: string }[]).map(
      ({ text }) => text,
    );
  return { database, told, commits, note, seen };
};

const times = (told: readonly string[], statement: string): number =>
  told.filter((one) => one === statement).length;

const outcomes = async (work: readonly Promise<void>[]): Promise<readonly string[]> =>
  (await Promise.allSettled(work)).map(({ status }) => status);

it('commits once for all who stood in line', async () => {
  const { told, note, seen } = open();
  await Promise.all(['a', 'b', 'c', 'd'].map((text) => note(text)));
  expect(seen()).toEqual(['a', 'b', 'c', 'd']);
  expect(times(told, 'commit')).toBe(1);
  await note('e');
  expect(times(told, 'commit')).toBe(2);
});

it('answers nobody before the commit, and shows nothing of it to others', async () => {
  const { note, seen, commits } = open();
  const answered: string[] = [];
  const first = note('a').then(() => answered.push('a'));
  const member = await commits.begin();
  // "a" is done, but whoever has the turn holds up the commit.
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect([answered, seen()]).toEqual([[], []]);
  commits.undo(member);
  await first;
  expect([answered, seen()]).toEqual([['a'], ['a']]);
});

it('takes back one transaction alone', async () => {
  const { note, seen } = open();
  const work = [note('a'), note('b', null), note('c')];
  expect(await outcomes(work)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(seen()).toEqual(['a', 'c']);
});

it('tells everybody when the commit fails, keeps nothing, and goes on', async () => {
  let isBroken = true;
  const { note, seen, told } = open((statement) => statement === 'commit' && isBroken);
  expect(await outcomes([note('a'), note('b')])).toEqual(['rejected', 'rejected']);
  expect(times(told, 'rollback')).toBe(1);
  isBroken = false;
  await note('c');
  expect(seen()).toEqual(['c']);
});

it('tells everybody when neither commit nor rollback works, and goes on when they do', async () => {
  let isBroken = true;
  const { note, seen } = open((statement) => ['commit', 'rollback'].includes(statement) && isBroken);
  expect(await outcomes([note('a'), note('b')])).toEqual(['rejected', 'rejected']);
  await expect(note('c')).rejects.toThrow('no rollback');
  isBroken = false;
  await note('d');
  expect(seen()).toEqual(['d']);
});

it('tells everybody when the engine takes the whole of it back, and runs nothing of it any more', async () => {
  const { database, commits, note, seen } = open();
  const first = note('a');
  const second = (async () => {
    const member = await commits.begin();
    try {
      // As SQLite does when the disk is full.
      commits.run(member, () => {
        database.exec('rollback');
        throw new Error('disk full');
      });
    } catch {
      // Somebody who does not heed the error must not write without a transaction around it.
      commits.run(member, () => database.exec(`insert into notes values ('stray')`));
    } finally {
      commits.undo(member);
    }
  })();
  expect(await outcomes([first, second, note('c')])).toEqual(['rejected', 'rejected', 'fulfilled']);
  await expect(first).rejects.toThrow('disk full');
  await expect(second).rejects.toThrow('taken this transaction back');
  expect(seen()).toEqual(['c']);
});

it('lets the next one in when a transaction cannot begin', async () => {
  let isBroken = true;
  const { note, seen } = open((statement) => statement === 'begin immediate' && isBroken);
  await expect(note('a')).rejects.toThrow('no begin immediate');
  isBroken = false;
  await note('b');
  expect(seen()).toEqual(['b']);
});

it('gives up all when one cannot be taken back', async () => {
  const { note, seen } = open((statement) => statement === 'rollback to member');
  expect(await outcomes([note('a'), note(null), note('c')])).toEqual(['rejected', 'rejected', 'fulfilled']);
  expect(seen()).toEqual(['c']);
});

it('runs what must be alone after all before it is committed', async () => {
  const { note, seen, commits } = open();
  const first = note('a');
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(await commits.alone(seen)).toEqual(['a']);
  await first;
});

describe('a store on a file', () => {
  it('waits for whoever else writes to the file, without holding up the program', async () => {
    const url = `sqlite:${join(folder, 'shared.db')}`;
    await migrateStore(url);
    const [store, other] = [await openStore({ url }), await openStore({ url })];
    await store.connections.insert(connection(A));
    let ticks = 0;
    const timer = setInterval(() => {
      ticks += 1;
    }, 10);
    const writing = other.transaction(async (inner) => {
      await inner.users.insert(user('u1'), []);
      await new Promise((resolve) => setTimeout(resolve, 400));
    });
    await store.users.insert(user('u2'), []);
    await writing;
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(15);
    expect((await store.users.list(A, asking())).rows).toHaveLength(2);
    await store.close();
    await other.close();
  });

  it('reads what is committed while somebody else writes, without waiting for her', async () => {
    const url = `sqlite:${join(folder, 'store.db')}`;
    await migrateStore(url);
    const store = await openStore({ url });
    await store.connections.insert(connection(A));
    let goOn = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const writing = store.transaction(async (inner) => {
      await inner.users.insert(user('u1'), []);
      expect(await inner.users.find(A, 'u1')).toBeDefined();
      await held;
    });
    expect(await store.users.find(A, 'u1')).toBeUndefined();
    expect((await store.users.list(A, asking())).rows).toEqual([]);
    goOn();
    await writing;
    expect(await store.users.find(A, 'u1')).toBeDefined();
    expect((await store.users.list(A, asking())).rows).toHaveLength(1);
    await store.close();
  });
});
