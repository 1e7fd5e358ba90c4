/** What a command says when it fails: there is no log to look into, so the cause stands beside the remedy. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import Database from 'libsql';
import { runCommand } from '../support/command.ts';

const folder = mkdtempSync(join(tmpdir(), 'cli-failures-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a database that does not answer is told with why not, and without its password', async () => {
  const { code, err } = await runCommand(['migrate'], {
    DATABASE_URL: 'postgres://bridge:hidden@127.0.0.1:1/bridge',
  });
  expect([code, err]).toEqual([1, expect.stringMatching(/does not answer.*ECONNREFUSED/)]);
  expect(err).not.toContain('hidden');
});

test('a database of something else is left as it is, and told by what stood in the way', async () => {
  const file = join(folder, 'foreign.db');
  const foreign = new Database(file);
  foreign.exec('create table users (id integer)');
  const { code, err } = await runCommand(['migrate'], { DATABASE_URL: `sqlite:${file}` });
  expect([code, err]).toEqual([1, expect.stringMatching(/it is as it was.*table users already exists/)]);
  expect(err).not.toContain('log');
  expect(foreign.prepare("select name from sqlite_master where name = 'tokens'").all()).toEqual([]);
  foreign.close();
});
