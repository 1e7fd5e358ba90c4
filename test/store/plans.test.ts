/**
 * The frequent questions cost the same in a small directory and in a large one. Robust against what planners call things:
 * on PostgreSQL no step of the executed plan may read more than a few of 2,000 rows, with statistics and without; on
 * SQLite no step may scan a table, nor search it by the connection alone.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { Client } from 'pg';
import type { Mark, PersonDocument } from '../../src/directory/store/documents.ts';
import type { OpenStore, StoreOptions } from '../../src/store/index.ts';
import { openStore } from '../../src/store/index.ts';
import { e, or, u } from '../contract/filter-cases.ts';
import { A, asking, asset, at, group, indexOf, manyIds, member, user } from '../contract/records.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';

type Query = Parameters<NonNullable<StoreOptions['onQuery']>>[0];

const PEOPLE = 2_000;
const FORMAT = 2;
const page = (filter: ReturnType<typeof u.is>) => asking({ filter });

/** Each of these concerns one person or one membership. */
const QUESTIONS: Readonly<Record<string, (store: OpenStore) => Promise<unknown>>> = {
  'a person by id': (store) => store.users.find(A, 'p000100'),
  'a person by userName': (store) => store.users.findByUserName(A, 'p000100@example.com'),
  'a person by member token': (store) => store.users.findByMemberToken(A, 'm-p000100'),
  'a person by filter on userName': (store) =>
    store.users.list(A, page(u.is('userName', 'eq', 'p000100@example.com'))),
  'a person by filter on externalId': (store) =>
    store.users.list(A, page(u.is('externalId', 'eq', 'e-p000100'))),
  'a person by filter on e-mail': (store) =>
    store.users.list(A, page(u.is('emails.value', 'eq', 'p000100@example.com'))),
  'a person by one of two filters': (store) =>
    store.users.list(
      A,
      page(or(u.is('userName', 'eq', 'x'), u.is('emails.value', 'eq', 'p000100@example.com'))),
    ),
  'the next page of a walk': (store) =>
    store.users.list(
      A,
      asking({ after: { key: null, id: manyIds(PEOPLE).at(-4) ?? '' }, limit: 2, counted: false }),
    ),
  'how many people there are': (store) => store.users.list(A, asking({ limit: 0 })),
  'how many groups there are': (store) => store.groups.list(A, asking({ limit: 0 })),
  "a person's document": (store) => store.documents.find(A, 'p000100', FORMAT),
  'a page of documents': (store) => store.documents.list(A, asking({ limit: 2 }), FORMAT),
  'a page of documents further on': (store) =>
    store.documents.list(
      A,
      asking({ after: { key: null, id: manyIds(PEOPLE).at(-9) ?? '' }, offset: 3, limit: 2 }),
      FORMAT,
    ),
  'a document by filter on userName': (store) =>
    store.documents.list(A, page(u.is('userName', 'eq', 'p000100@example.com')), FORMAT),
  'a document by filter on externalId': (store) =>
    store.documents.list(A, page(u.is('externalId', 'eq', 'e-p000100')), FORMAT),
  'documents in an earlier format': (store) => store.documents.outdateFormats(FORMAT),
  'the oldest marks': (store) => store.documents.marks(2),
  'whose a token is': (store) => store.tokens.findCaller('hash'),
  'wanting one more member': (store) => store.memberships.want(A, 'g1', ['p000100']),
  'no longer wanting one member': (store) => store.memberships.unwant(A, 'g1', ['p000200']),
  'what is pending in a large group': (store) => store.memberships.pending(A, 'g1', null),
  'an entitlement by id': (store) => store.entitlements.find(A, 'p000100'),
  'an entitlement by filter on displayName': (store) =>
    store.entitlements.list(A, page(e.is('displayName', 'eq', 'name of p000100'))),
  'the next page of a walk through entitlements': (store) =>
    store.entitlements.list(
      A,
      asking({ after: { key: null, id: manyIds(PEOPLE).at(-4) ?? '' }, limit: 2, counted: false }),
    ),
  'the groups of a person': (store) => store.memberships.groupsOf(A, ['p000300']),
};

const seed = async (store: OpenStore): Promise<void> => {
  await store.migrate();
  const ids = manyIds(PEOPLE);
  const people = ids.map((id) => {
    const emails = [{ value: `${id}@example.com`, type: 'work' }];
    return user(id, { externalId: `e-${id}`, memberToken: `m-${id}`, attributes: { userName: id, emails } });
  });
  await store.users.insertMany(people.map((each) => ({ user: each, index: indexOf(each) })));
  await store.groups.insert(group('g1'));
  await store.entitlements.observe(
    A,
    'collection',
    ids.map((id) => asset(id)),
    at(1),
  );
  await store.mode.saveMembers(
    A,
    ids.map((id) => member(`m-${id}`)),
    at(1),
  );
  const present = ids.filter((id) => id !== 'p000100');
  await store.memberships.want(A, 'g1', present);
  const seen = present.map((userId) => ({
    userId,
    membershipToken: userId === 'p000400' ? null : `t-${userId}`,
  }));
  await store.memberships.observe(A, 'g1', seen, { adopt: true, seenAt: at(1) });
  await writeDown(store);
};

/** As the background does: but for a few, what changed has been written down, and numbers have been added up. */
const writeDown = async (store: OpenStore): Promise<void> => {
  for (;;) {
    const marks = await store.documents.marks(5_000);
    const wide = marks.filter(({ kind }) => kind !== 'person');
    if (marks.length === 0) break;
    if (wide.length > 0) await store.documents.spread(wide);
    else await store.documents.save(marks, documentsOf(marks), FORMAT);
  }
  await store.documents.tidyTallies();
  await store.users.update({ ...user('p000900'), version: 2 }, [], 1);
};

const documentsOf = (marks: readonly Mark[]): ReadonlyMap<string, PersonDocument> =>
  new Map(marks.map(({ subject }) => [subject, { document: `{"id":"${subject}"}`, version: 'W/"1"' }]));

/** What the store asks the database when it is asked the question. */
const queriesOf = async (store: OpenStore, heard: Query[], question: string): Promise<readonly Query[]> => {
  heard.length = 0;
  await QUESTIONS[question]?.(store);
  return heard.filter(({ sql }) => /^\s*(?:with|select|insert|update|delete)/iu.test(sql));
};

const open = async (url: string, heard: Query[]): Promise<OpenStore> => {
  const store = await openStore({ url, onQuery: (query) => heard.push(query) });
  await seed(store);
  return store;
};

describe('plans on SQLite', () => {
  const folder = mkdtempSync(join(tmpdir(), 'plans-'));
  const file = join(folder, 'plans.db');
  const heard: Query[] = [];
  let store: OpenStore;

  beforeAll(async () => {
    store = await open(`sqlite:${file}`, heard);
  });
  afterAll(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });

  it.each(Object.keys(QUESTIONS))('looks up %s', async (question) => {
    const database = new Database(file);
    const queries = await queriesOf(store, heard, question);
    expect(queries).not.toEqual([]);
    for (const { sql, parameters } of queries) {
      const steps = database.prepare(`explain query plan ${sql}`).all([...parameters]) as {
        detail: string;
      }[];
      const details = steps.map(({ detail }) => detail);
      // `ids`, `p` and `page` are the page itself, looked up before: as many rows as come back; `entitlements` what its
      // parts gave; `outdated` is read from its beginning, so far as is asked for.
      const slow = details.filter((detail) =>
        /^SCAN (?!CONSTANT|\(|(?:ids|entitlements|place|part|outdated)$)|\(connection_id=\?\)/u.test(detail),
      );
      expect({ sql, details, slow }).toMatchObject({ slow: [] });
    }
    database.close();
  });
});

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly Plans?: readonly PlanNode[];
}

/** Rows that a step of the plan touched, used or not. */
const touched = (node: PlanNode): readonly number[] => {
  const removed = Object.entries(node).filter(([key]) => key.startsWith('Rows Removed by'));
  const perLoop = removed.reduce((sum, [, rows]) => sum + Number(rows), node['Actual Rows']);
  return [perLoop * node['Actual Loops'], ...(node.Plans ?? []).flatMap(touched)];
};

describe('plans on PostgreSQL', () => {
  const heard: Query[] = [];
  let server: TestPostgres | undefined;
  let client: Client;
  let store: OpenStore;

  beforeAll(async () => {
    server = await startPostgres();
    const url = await server.createDatabase();
    client = new Client({ connectionString: url });
    await client.connect();
    store = await open(url, heard);
  }, 120_000);
  afterAll(async () => {
    await store.close();
    await client.end();
    await server?.stop();
  });

  const readPlan = async ({ sql, parameters }: Query): Promise<PlanNode> => {
    await client.query('begin');
    const { rows } = await client.query(`explain (analyze, format json) ${sql}`, [...parameters]);
    await client.query('rollback');
    return (rows as { 'QUERY PLAN': [{ Plan: PlanNode }] }[])[0]?.['QUERY PLAN'][0].Plan as PlanNode;
  };

  const cases = Object.keys(QUESTIONS);
  it.each([...cases.map((question) => [question, 'no']), ...cases.map((question) => [question, 'fresh'])])(
    'looks up %s, with %s statistics',
    async (question, statistics) => {
      if (statistics === 'fresh') await client.query('analyze');
      const queries = await queriesOf(store, heard, question);
      expect(queries).not.toEqual([]);
      for (const query of queries) {
        const plan = await readPlan(query);
        const most = Math.max(...touched(plan));
        expect({ sql: query.sql, plan, few: most <= 20 }).toMatchObject({ few: true });
      }
    },
  );
});
