/** Each wrongness of a server is found by the check that should find it, and a right server passes that check. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { failedIn, run } from './support/run.ts';
import { type Fault, startWrongScim, TOKEN, type WrongScim } from './support/wrong-scim.ts';

let server: WrongScim;
afterEach(() => server.close());

const FOUND_BY: readonly (readonly [Fault, string])[] = [
  ['404 for an empty search', 'T001'],
  ['404 for an empty search', 'entra-validator/filter-for-a-non-existing-user'],
  ['counts as text', 'T004'],
  ['counts as text', 'okta-spec/1'],
  ['itemsPerPage echoes count', 'T068'],
  ['pages overlap', 'T067-users'],
  ['finds everybody', 'T001'],
  ['finds everybody', 'T063'],
  ['compares letter by letter', 'rfc7644-3.4.2.2-case'],
  ['compares letter by letter', 'entra-validator/filter-for-an-existing-user-with-a-different-case'],
  ['hides the inactive', 'T076-filter'],
  ['application/json', 'entra-1.2-media-type-list'],
  ['application/json', 'entra-1.2-media-type-error'],
  ['no Location', 'rfc7644-3.3-location'],
  ['accepts twins', 'T040'],
  ['accepts twins', 'okta-spec/8'],
  ['client chooses the id', 'T043'],
  ['shows passwords', 'T039'],
  ['shows passwords', 'rfc7643-4.1.1-password'],
  ['False stays text', 'T079-text'],
  ['path-less PATCH does nothing', 'T080'],
  ['PATCH answers and does nothing', 'T083'],
  ['PATCH is not atomic', 'T095'],
  ['removing one member removes all', 'T119'],
  ['removing one member removes all', 'T120'],
  ['add replaces members', 'T118'],
  ['two primaries', 'T097'],
  ['PUT creates', 'T103'],
  ['PUT merges', 'T102-clears'],
  ['DELETE answers 200', 'T111'],
  ['DELETE keeps', 'T111'],
  ['status as number', 'T077'],
  ['no challenge', 'T006'],
  ['asks no token', 'T008'],
  ['HTML for bad JSON', 'T019-json'],
  ['believes X-Forwarded-Host', 'T025'],
  ['promises bulk', 'X01-continues'],
  ['answers creation with a stranger', 'T037'],
  ['answers creation with a stranger', 'T083'],
  ['throttles', 'T020'],
];

describe('a wrong server', () => {
  test.each(FOUND_BY)('that %s is found out by %s', async (fault, id) => {
    server = await startWrongScim(fault);
    const wish = { url: server.url, token: TOKEN, only: fault === 'throttles' ? ['T001', 'T069', id] : [id] };
    const failures = failedIn(await run(wish));
    expect(failures.map((verdict) => verdict.id)).toContain(id);
    const found = failures.find((verdict) => verdict.id === id);
    expect(found).toMatchObject({
      remedy: expect.stringMatching(/\w{3}.*\.$/),
      failure: { expected: expect.stringMatching(/\w/), got: expect.stringMatching(/\w|\[\]/) },
    });
  });
});

describe('a right server', () => {
  test('passes all of these checks', async () => {
    server = await startWrongScim('none');
    const only = [...new Set(FOUND_BY.map(([, id]) => id))].filter((id) => !id.startsWith('X01'));
    const { verdicts } = await run({ url: server.url, token: TOKEN, only });
    const notPassed = verdicts.filter(({ outcome }) => outcome !== 'passed');
    expect(notPassed.map(({ id, failure, reason }) => ({ id, reason, ...failure }))).toEqual([]);
  });

  test('that says it has no bulk is not asked for it, and the reason is given', async () => {
    server = await startWrongScim('none');
    const { verdicts } = await run({ url: server.url, token: TOKEN, only: ['X01'] });
    expect(verdicts.length).toBeGreaterThan(4);
    for (const { outcome, reason } of verdicts) {
      expect([outcome, reason]).toEqual(['skipped', expect.stringContaining('bulk.supported')]);
    }
  });
});
