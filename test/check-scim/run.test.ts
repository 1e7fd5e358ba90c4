/** The run itself: it cleans up, touches nothing of others, survives hostile servers, and says nothing secret. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { ALL_CHECKS, chooseChecks, unknownNames } from '../../src/check-scim/catalogue.ts';
import { hasFailed, reportJson, reportLines } from '../../src/check-scim/report.ts';
import { failedIn, run } from './support/run.ts';
import { type Fault, startWrongScim, TOKEN, type WrongScim } from './support/wrong-scim.ts';

const running: WrongScim[] = [];
afterEach(() => {
  for (const server of running.splice(0)) server.close();
});

const SOMEBODY = 'somebody@example.org';
const start = async (fault: Fault) => {
  const server = await startWrongScim(fault);
  running.push(server);
  return { url: server.url, token: TOKEN, server };
};

describe('what is created', () => {
  test.each(['none', 'accepts twins', 'PUT creates', 'no Location', 'PATCH is not atomic'] as const)(
    'is gone after a run against a server that is wrong so: %s',
    async (fault) => {
      const { server, ...wish } = await start(fault);
      const { left } = await run(wish);
      expect([server.people(), server.groups(), left]).toEqual([[SOMEBODY], [], []]);
    },
  );

  test('stays with --keep, under names that begin with the prefix', async () => {
    const { server, ...wish } = await start('none');
    const { prefix } = await run({ ...wish, only: ['T083', 'T119'], keep: true });
    const [, ...people] = server.people().map(String);
    expect(people.length).toBeGreaterThan(3);
    for (const name of [...people, ...server.groups().map(String)])
      expect(name.startsWith(prefix)).toBe(true);
  });

  test('that cannot be deleted is listed in the report', async () => {
    const wish = await start('DELETE keeps');
    const outcome = await run({ ...wish, only: ['T083'] });
    expect(outcome.left).toEqual([expect.stringMatching(/^\/Users\/[\w-]{36}$/)]);
    const text = reportLines({ url: wish.url, strict: false, profile: 'all' }, outcome).join('\n');
    expect(text).toContain(`Not deleted (look for names with ${outcome.prefix}):`);
  });

  test('by a server that answers with somebody else does not cost that person', async () => {
    const { server, ...wish } = await start('answers creation with a stranger');
    await run(wish);
    expect(server.people()).toContain(SOMEBODY);
    expect(server.people().filter((name) => String(name).startsWith('check-scim'))).toEqual([]);
    expect(server.requests.filter((line) => line.includes('seeded-1') && !line.startsWith('GET'))).toEqual(
      [],
    );
  });

  test('is announced before the first request that writes', async () => {
    const { server, ...wish } = await start('none');
    let before: readonly string[] = [];
    await run({ ...wish, only: ['T083'], onStart: () => (before = [...server.requests]) });
    expect(before).toEqual(['GET /ServiceProviderConfig', 'GET /ResourceTypes', 'GET /Schemas']);
  });
});

describe('a run that is interrupted', () => {
  test('ends soon, deletes what it created, and is no success', async () => {
    const { server, ...wish } = await start('none');
    const ending = new AbortController();
    let done = 0;
    const outcome = await run({
      ...wish,
      signal: ending.signal,
      onVerdict: () => {
        done += 1;
        if (done === 40) ending.abort();
      },
    });
    expect([outcome.interrupted, hasFailed(outcome)]).toEqual([true, true]);
    expect(outcome.verdicts.filter(({ reason }) => reason === 'interrupted').length).toBeGreaterThan(100);
    expect([server.people(), server.groups()]).toEqual([[SOMEBODY], []]);
  });
});

describe('a hostile server', () => {
  const cases: readonly (readonly [Fault, RegExp])[] = [
    ['hangs up', /no answer/],
    ['never answers', /within 300 ms|not sent/],
    ['HTML everywhere', /doctype|nothing|200|none/],
    ['sends without end', /larger than 10 MB|within 300 ms|not sent/],
    ['redirects', /redirect to https:\/\/evil\.example/],
  ];
  test.each(cases)('that %s crashes nothing', async (fault, got) => {
    const outcome = await run({ ...(await start(fault)), profile: 'entra', timeoutMs: 300 });
    const failures = failedIn(outcome);
    expect(failures.length).toBeGreaterThan(60);
    const first = failures.find(({ id }) => id === 'T001');
    expect(`${first?.failure?.got} ${first?.failure?.answer}`).toMatch(got);
  });

  test('that is not there at all crashes nothing', async () => {
    const outcome = await run({ url: 'http://127.0.0.1:9', token: TOKEN, profile: 'okta' });
    expect(hasFailed(outcome)).toBe(true);
    expect(outcome.verdicts.filter(({ outcome: end }) => end === 'passed')).toEqual([]);
  });

  test('that sends 100 MB is read to 10 MB only', async () => {
    const { verdicts } = await run({
      ...(await start('sends without end')),
      only: ['T001'],
      timeoutMs: 20_000,
    });
    expect(verdicts[0]?.failure?.got).toContain('larger than 10 MB');
  });

  test('that says 429 is asked again later', async () => {
    const { verdicts } = await run({ ...(await start('throttles')), profile: 'okta', only: ['okta-spec'] });
    expect(verdicts.filter(({ outcome }) => outcome === 'failed').map(({ id }) => id)).toEqual([]);
  });
});

describe('the report', () => {
  test('names the request, what was expected and why, what came, and a remedy', async () => {
    const wish = await start('404 for an empty search');
    const outcome = await run({ ...wish, only: ['T001'] });
    const text = reportLines({ url: wish.url, strict: false, profile: 'all' }, outcome).join('\n');
    expect(text).toMatch(/FAILED T001: The connection test/);
    expect(text).toMatch(/sent {7}GET \/Users\?filter=userName/);
    expect(text).toMatch(/expected {3}status 200/);
    expect(text).toMatch(/because {4}Microsoft Entra.*a real identity provider needs it/);
    expect(text).toMatch(/got {8}404/);
    expect(text).toMatch(/remedy {5}Answer a search that finds nobody with 200/);
  });

  test('counts each profile and holds every check as JSON', async () => {
    const wish = await start('none');
    const outcome = await run({ ...wish, only: ['T001', 'T040', 'X01'] });
    const report = reportJson({ url: wish.url, strict: false, profile: 'all' }, outcome);
    expect(report).toMatchObject({ ok: true, failed: 0, passed: 3, interrupted: false, left: [] });
    expect(JSON.parse(JSON.stringify(report)).checks).toHaveLength(outcome.verdicts.length);
  });

  test('a failed recommendation is advice and no failure', async () => {
    const wish = await start('believes X-Forwarded-Host');
    const outcome = await run({ ...wish, only: ['T025'] });
    expect([failedIn(outcome).length, hasFailed(outcome)]).toEqual([1, false]);
  });

  test('the secret is in no answer that a check reads, even when the server echoes it', async () => {
    const token = 'ab"c d/e-0123456789';
    const wish = { ...(await start('echoes the token')), token };
    const text = JSON.stringify(await run(wish));
    expect(text).toContain('[secret]');
    for (const form of [token, JSON.stringify(token).slice(1, -1), encodeURIComponent(token)])
      expect(text).not.toContain(form);
  });
});

describe('the tables', () => {
  test('have unique ids, whole sentences and sources', () => {
    expect(new Set(ALL_CHECKS.map(({ id }) => id)).size).toBe(ALL_CHECKS.length);
    for (const { id, title, source, remedy, profiles } of ALL_CHECKS) {
      expect([id, source.length > 5, remedy.endsWith('.'), profiles.length > 0]).toEqual([
        id,
        true,
        true,
        true,
      ]);
      if (!id.startsWith('entra-validator/')) expect(title).toMatch(/\.$/);
    }
  });

  test("hold Microsoft's 25 required tests and 7 in preview, and Okta's 12 requests", () => {
    const validator = ALL_CHECKS.filter(({ id }) => id.startsWith('entra-validator/'));
    const preview = validator.filter(({ id }) => id.startsWith('entra-validator/preview-'));
    expect([validator.length - preview.length, preview.length]).toEqual([25, 7]);
    expect(ALL_CHECKS.filter(({ id }) => id.startsWith('okta-spec/'))).toHaveLength(12);
  });

  test('are chosen by profile and by name, with or without what follows the hyphen', () => {
    expect(chooseChecks('okta', ['t040']).map(({ id }) => id)).toEqual(
      ['T040', 'T040-case', 'T046'].slice(0, 2),
    );
    expect(unknownNames(['T040', 'okta-spec/1', 'T999'])).toEqual(['T999']);
  });
});
