/** Lists through the front door, on both databases: order, walks by index and by cursor, and `.search`. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Bridge, startBridge } from '../support/bridge.ts';
import { startPostgres } from '../support/postgres.ts';

const engines = [
  { engine: 'SQLite', database: async () => ({ url: undefined, stop: async () => {} }) },
  {
    engine: 'PostgreSQL',
    database: async () => {
      const postgres = await startPostgres();
      return { url: await postgres.createDatabase(), stop: () => postgres.stop() };
    },
  },
];

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const PEOPLE = [
  {
    userName: 'c@x.example',
    name: { familyName: 'ångström' },
    title: 'Z',
    emails: [{ value: 'z@x.example' }, { value: 'a@x.example', primary: true }],
  },
  { userName: 'a@x.example', name: { familyName: 'Zimmer' }, [ENTERPRISE]: { department: 'Sales' } },
  { userName: 'B@x.example', name: { familyName: 'abel' }, title: 'a', emails: [{ value: 'm@x.example' }] },
  { userName: 'e@x.example', title: 'b' },
  { userName: 'd@x.example', name: { familyName: 'Abel' } },
];

describe.each(engines)('lists on $engine', ({ database }) => {
  let bridge: Bridge;
  let asOther: Record<string, string>;
  let stopDatabase: () => Promise<void>;
  beforeAll(async () => {
    const { url, stop } = await database();
    stopDatabase = stop;
    bridge = await startBridge({ sync: false, ...(url === undefined ? {} : { database: url }) });
    asOther = { authorization: `Bearer ${(await bridge.addConnection('other')).token}` };
    for (const person of PEOPLE) await bridge.scim('POST', '/Users', { ...person, active: false });
  }, 60_000);
  afterAll(async () => {
    await bridge.stop();
    await stopDatabase();
  });

  const list = async (query: string) => (await bridge.scim('GET', `/Users?${query}`)).body;
  const letters = ({ Resources }: { Resources: { userName: string }[] }) =>
    Resources.map(({ userName }) => userName[0])
      .join('')
      .toLowerCase();
  const walk = async (query: string): Promise<string> => {
    let found = '';
    for (let cursor: string | undefined = ''; cursor !== undefined; ) {
      const page: { nextCursor?: string; Resources: { userName: string }[] } = await list(
        `${query}&cursor=${cursor}`,
      );
      found += letters(page);
      cursor = page.nextCursor;
    }
    return found;
  };

  test.each([
    ['userName', '', 'abcde', 'edcba'],
    [
      'case is folded, a missing value comes last, first when descending',
      'name.familyName',
      'bdace',
      'ecabd',
    ],
    ['the primary value counts, else the first', 'emails', 'cbaed', 'aedbc'],
    ['an attribute of an extension', `${ENTERPRISE}:department`, 'acbed', 'cbeda'],
    ['the time of creation', 'meta.created', 'cabed', 'debac'],
    ['ids', 'id', 'cabed', 'debac'],
  ])('RFC 7644 §3.4.2.3 T073 sorts by %s', async (_what, sortBy, ascending, descending) => {
    const by = `sortBy=${sortBy || 'userName'}`;
    expect(letters(await list(by))).toBe(ascending);
    expect(letters(await list(`${by}&sortOrder=descending`))).toBe(descending);
    expect(await walk(`${by}&count=2`)).toBe(ascending);
    expect(await walk(`${by}&sortOrder=descending&count=2`)).toBe(descending);
  });

  test('what cannot be sorted by is refused, never ignored', async () => {
    for (const query of ['sortBy=nonsense', 'sortBy=groups', 'sortBy=userName&sortOrder=sideways']) {
      const answer = await bridge.scim('GET', `/Users?${query}`);
      expect([answer.status, answer.body.status]).toEqual([400, '400']);
    }
  });

  test('RFC 9865 §2 a cursor on every page but the last, made of unreserved characters', async () => {
    const first = await list('cursor&count=2');
    expect([first.itemsPerPage, first.startIndex, letters(first)]).toEqual([2, undefined, 'ca']);
    expect(first.nextCursor).toMatch(/^[A-Za-z0-9._~-]+$/);
    const second = await list(`cursor=${first.nextCursor}&count=2`);
    const third = await list(`cursor=${second.nextCursor}&count=2`);
    expect([letters(second), letters(third), third.nextCursor]).toEqual(['be', 'd', undefined]);
    expect((await list('count=2')).nextCursor).toBeUndefined();
  });

  test('RFC 9865 §2 by cursor, too, a count of 0 asks for the total alone', async () => {
    for (const path of [
      '/Users?cursor&count=0',
      '/Users?cursor&count=-1',
      '/Users?cursor&count=0&attributes=userName',
    ])
      expect((await bridge.scim('GET', path)).body).toMatchObject({
        totalResults: PEOPLE.length,
        Resources: [],
      });
    const { body } = await bridge.scim('GET', '/Users?cursor&count=0&filter=schemas eq "x"');
    expect(body).toMatchObject({ totalResults: 0, Resources: [] });
    expect(await list('cursor&count=1')).not.toHaveProperty('totalResults');
  });

  test('RFC 9865 a list without cursors never looks as if its first page were all', async () => {
    const ask = async (path: string) => {
      const { status, body } = await bridge.scim('GET', path);
      return body.scimType ?? [status, body.Resources.length, body.totalResults];
    };
    const total = PEOPLE.length;
    expect(await ask('/?cursor&count=2')).toBe('invalidCursor');
    expect(await ask('/?cursor=x')).toBe('invalidCursor');
    expect(await ask('/?cursor&startIndex=2')).toBe('invalidCursor');
    expect(await ask('/?cursor')).toEqual([200, total, total]);
    expect(await ask('/?cursor&count=0')).toEqual([200, 0, total]);
    expect(await ask('/Roles?cursor&count=1')).toBe('invalidCursor');
    expect(await ask('/Roles?cursor')).toEqual([200, 2, 2]);
    const search = { schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'], cursor: '', count: 2 };
    expect((await bridge.scim('POST', '/.search', search)).body.scimType).toBe('invalidCursor');
  });

  test('an order that there is none of is refused as an order', async () => {
    for (const path of [
      '/Users?sortBy=meta.version',
      '/Groups?sortBy=meta.version',
      '/Users?sortBy=groups',
    ]) {
      const { status, body } = await bridge.scim('GET', path);
      expect([status, body.scimType]).toEqual([400, 'invalidPath']);
      expect(body.detail).toMatch(/^Sorting by /);
    }
  });

  test("T072 a tampered cursor, another connection's and another question's get the same refusal", async () => {
    const { nextCursor } = await list('cursor&count=2');
    const [contents, signature] = nextCursor.split('.');
    const other = Buffer.from(Buffer.from(contents, 'base64url').toString().replace('"k":null', '"k":"x"'));
    const answers = await Promise.all([
      bridge.scim('GET', `/Users?count=2&cursor=${other.toString('base64url')}.${signature}`),
      bridge.scim('GET', '/Users?count=2&cursor=nonsense'),
      bridge.scim('GET', `/Users?count=2&cursor=${nextCursor}`, undefined, asOther),
      bridge.scim('GET', `/Users?count=2&filter=title%20pr&cursor=${nextCursor}`),
      bridge.scim('GET', `/Groups?count=2&cursor=${nextCursor}`),
    ]);
    for (const { status, body } of answers) {
      expect([status, body.scimType]).toEqual([400, 'invalidCursor']);
      expect(body).toEqual(answers[0]?.body);
    }
  });

  const FILTER = 'filter=userName%20sw%20%22walker%22&count=10';
  const namesIn = ({ Resources }: { Resources: { userName: string }[] }) =>
    Resources.map(({ userName }) => userName);

  const walkByIndex = async (afterFirst: () => Promise<void>): Promise<string[]> => {
    const first = await list(FILTER);
    await afterFirst();
    const seen = namesIn(first);
    for (let total = first.totalResults; seen.length < total; ) {
      const page = await list(`${FILTER}&startIndex=${seen.length + 1}`);
      seen.push(...namesIn(page));
      total = page.totalResults;
    }
    return seen;
  };

  const walkByCursor = async (afterFirst: () => Promise<void>): Promise<string[]> => {
    let page = await list(`${FILTER}&cursor`);
    await afterFirst();
    const seen = namesIn(page);
    while (page.nextCursor !== undefined) {
      page = await list(`${FILTER}&cursor=${page.nextCursor}`);
      seen.push(...namesIn(page));
    }
    return seen;
  };

  test.each([
    ['index', walkByIndex],
    ['cursor', walkByCursor],
  ])('T071 nobody who was there throughout is skipped or repeated in a walk by %s', async (_how, walkAll) => {
    const ids = new Map<string, string>();
    for (let index = 0; index < 30; index += 1) {
      const userName = `walker-${String(index).padStart(2, '0')}@x.example`;
      ids.set(userName, (await bridge.scim('POST', '/Users', { userName, active: false })).body.id);
    }
    const leaver = 'walker-04@x.example';
    const seen = await walkAll(async () => {
      await bridge.scim('DELETE', `/Users/${ids.get(leaver)}`);
      ids.delete(leaver);
    });
    for (const id of ids.values()) await bridge.scim('DELETE', `/Users/${id}`);
    expect(seen.length).toBe(new Set(seen).size);
    expect(seen).toEqual(expect.arrayContaining([...ids.keys()]));
  });

  test('T071 a page further on, asked for before the one in between, goes on from the walk and is counted right', async () => {
    const ids: string[] = [];
    for (let index = 0; index < 9; index += 1) {
      const userName = `further-${index}@x.example`;
      ids.push((await bridge.scim('POST', '/Users', { userName, active: false })).body.id);
    }
    const page = async (startIndex: number) => {
      const { Resources, totalResults } = await list(
        `filter=userName%20sw%20%22further%22&count=2&startIndex=${startIndex}`,
      );
      return [Resources.map((one: { id: string }) => ids.indexOf(one.id)).join(' '), totalResults];
    };
    expect(await page(7)).toEqual(['6 7', 9]);
    expect(await page(1)).toEqual(['0 1', 9]);
    expect(await page(5)).toEqual(['4 5', 9]);
    for (const beyond of [10, 11, 25, 1_001]) expect(await page(beyond)).toEqual(['', 9]);
    await bridge.scim('DELETE', `/Users/${ids[0]}`);
    expect(await page(5)).toEqual(['4 5', 8]);
    expect(await page(9)).toEqual(['8', 9]);
    expect(await page(11)).toEqual(['', 8]);
    for (const id of ids) await bridge.scim('DELETE', `/Users/${id}`);
  });

  test('T075 .search answers as GET does', async () => {
    const body = {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'],
      filter: 'title pr',
      sortBy: 'title',
      sortOrder: 'descending',
      startIndex: 1,
      count: 2,
      attributes: ['title', 'userName'],
    };
    const found = await bridge.scim('POST', '/Users/.search', body);
    const same = await list(
      'filter=title%20pr&sortBy=title&sortOrder=descending&startIndex=1&count=2&attributes=title,userName',
    );
    expect([found.status, found.body]).toEqual([200, same]);
    expect([letters(found.body), found.body.totalResults]).toEqual(['ce', 3]);
    const wrong = await bridge.scim('POST', '/Users/.search', { schemas: ['urn:x'], filter: 'title pr' });
    expect([wrong.status, wrong.body.scimType]).toEqual([400, 'invalidSyntax']);
    expect(
      (
        await bridge.scim('POST', '/Groups/.search', {
          ...body,
          filter: 'displayName pr',
          sortBy: 'displayName',
        })
      ).status,
    ).toBe(200);
  });

  describe('RFC 7644 §3.4.2.1 queries at the root', () => {
    const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
    const kinds = (query: string, path = '/') =>
      bridge
        .scim('GET', `${path}?${query}`)
        .then(({ status, body }) => [
          status,
          body.totalResults,
          body.Resources?.map((row: { meta: { resourceType: string } }) => row.meta.resourceType[0]).join(''),
        ]);
    const filter = (text: string) => `filter=${encodeURIComponent(text)}`;
    beforeAll(async () => {
      for (const displayName of ['Root one', 'Root two'])
        await bridge.scim('POST', '/Groups', { displayName });
    });
    afterAll(async () => {
      const { body } = await bridge.scim('GET', `/Groups?${filter('displayName sw "Root"')}`);
      for (const { id } of body.Resources) await bridge.scim('DELETE', `/Groups/${id}`);
    });

    test.each([
      ['everything, people first', 'count=100', 7, 'UUUUUGG'],
      ['a page across both', 'startIndex=5&count=2', 7, 'UG'],
      ['one type by name', filter('meta.resourceType eq "User"'), 5, 'UUUUU'],
      ['the other by exclusion', filter('meta.resourceType ne "User"'), 2, 'GG'],
      ['an attribute that one type lacks is unassigned there', filter('title pr'), 3, 'UUU'],
      ['and its negation', filter('not (title pr)'), 4, 'UUGG'],
      [
        'both, each by its own attribute',
        filter('userName eq "a@x.example" or displayName eq "root ONE"'),
        2,
        'UG',
      ],
      ['schemas', filter(`schemas eq "${ENTERPRISE}"`), 1, 'U'],
      ['the count alone', 'count=0', 7, ''],
    ])('%s', async (_what, query, total, found) => {
      expect(await kinds(query)).toEqual([200, total, found]);
    });

    test('a page begins where it does by count, whoever walked through one type before', async () => {
      expect(await kinds('startIndex=1&count=4', '/Users')).toEqual([200, 5, 'UUUU']);
      expect(await kinds('startIndex=5&count=4')).toEqual([200, 7, 'UGG']);
    });

    test('the same on one type', async () => {
      expect(await kinds(filter('meta.resourceType eq "Group"'), '/Users')).toEqual([200, 0, '']);
      expect(await kinds(filter(`schemas eq "${USER}"`), '/Users')).toEqual([200, 5, 'UUUUU']);
      expect(await kinds(filter(`not (schemas co "enterprise")`), '/Users')).toEqual([200, 4, 'UUUU']);
    });

    test('.search at the root, and what no type has is refused', async () => {
      const body = {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'],
        filter: 'displayName sw "root"',
        attributes: ['displayName'],
      };
      const found = (await bridge.scim('POST', '/.search', body)).body;
      expect(found.Resources.map((row: object) => Object.keys(row).sort())).toEqual(
        Array(2).fill(['displayName', 'id', 'schemas']),
      );
      expect((await bridge.scim('GET', `/?${filter('nonsense eq "x"')}`)).body.scimType).toBe(
        'invalidFilter',
      );
    });
  });
});
