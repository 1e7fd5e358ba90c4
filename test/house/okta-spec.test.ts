/** The interpreter of Okta's Runscope export: right servers pass, each wrongness is found, nothing unknown is passed over. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Verdict } from '../../scripts/conformance/judge.ts';
import { oktaSpec } from '../../scripts/conformance/okta-spec.ts';
import { compare } from '../../scripts/conformance/runscope/comparisons.ts';
import { follow } from '../../scripts/conformance/runscope/exchange.ts';
import { runSuite } from '../../scripts/conformance/runscope/run.ts';
import { runScript } from '../../scripts/conformance/runscope/script.ts';
import { readSuite } from '../../scripts/conformance/runscope/suite.ts';
import { createVariables } from '../../scripts/conformance/runscope/variables.ts';
import { type Fault, startTinyScim } from './support/tiny-scim.ts';

const sharedDir = process.env['CONFORMANCE_SHARED'] ?? resolve(import.meta.dirname, '../../../shared');
const suiteIsHere = existsSync(resolve(sharedDir, 'conformance/okta/Okta-SCIM-20-SPEC-Test.json'));

const judge = async (fault: Fault): Promise<Verdict> => {
  const server = await startTinyScim(fault);
  try {
    return await oktaSpec.run({ ...server, sharedDir });
  } finally {
    server.close();
  }
};

/** Wrongness → how many of the 53 find it, and what one of the failures says. */
const FAULTS: readonly (readonly [Exclude<Fault, 'none'>, number, RegExp])[] = [
  ['counts as text', 3, /totalResults is_a_number; got "1"/],
  ['no list schema', 3, /schemas has_value urn:ietf:params:scim:api:messages:2\.0:ListResponse; got \[\]/],
  ['drops emails', 3, /Resources\[0\]\.emails\[0\]\.value not_empty; got nothing/],
  ['drops names', 8, /name\.familyName equal Family\w+; got nothing/],
  [
    'forgets what it created',
    5,
    /Verify that user was created\n.*→ 404\n.*response_status equal_number 200; got 404/,
  ],
  ['accepts twins', 1, /recreating user.*\n.*POST.*\n.*equal_number 409; got 201/],
  ['creates inactive', 1, /active equal true; got false/],
  ['answers 200 to creation', 1, /equal_number 201; got 200/],
  ['finds everybody', 2, /totalResults equal 0; got 1/],
  ['asks no token', 4, /equal_number 401; got 200/],
  ['plain text 401', 3, /the body is no JSON: Unauthorized/],
  ['status as number off by one', 2, /status equal 404; got "405"/],
  ['errors without schema', 3, /2\.0:Error; got \[\]/],
  ['slow groups', 1, /response_time is_less_than 600; got 7\d\d/],
  ['groups as object', 1, /the script made no assertion/],
  ['refuses upper case', 1, /Case Sensitivity Check\n.*\n.*equal_number 200; got 400/],
  ['hangs up', 53, /not answered: .*fetch failed/],
];

(suiteIsHere ? describe : describe.skip)("Okta's SCIM 2.0 specification test", () => {
  it('counts 53 assertions, all of which a right server passes', async () => {
    const { passed, failed, skipped, failures, note } = await judge('none');
    expect(failures).toEqual([]);
    expect({ passed, failed, skipped }).toEqual({ passed: 53, failed: 0, skipped: 0 });
    expect(note).toBe('assertions of 12 requests, 1 of them by script; 11 pauses left out');
  });

  it.each(FAULTS)('finds a server that is wrong: %s', async (fault, failed, said) => {
    const verdict = await judge(fault);
    expect(verdict.failures.join('\n')).toMatch(said);
    expect(verdict.failed).toBe(failed);
  });
});

describe('a suite that is not there', () => {
  it('is skipped with its reason, never passed', async () => {
    const target = { scimBaseUrl: 'http://127.0.0.1:1', scimToken: 'none', sharedDir: '/nowhere' };
    const { passed, failed, skipped, note } = await oktaSpec.run(target);
    expect({ passed, failed, skipped }).toEqual({ passed: 0, failed: 0, skipped: 1 });
    expect(note).toMatch(/^no file \/nowhere\/conformance\/okta/);
  });
});

describe('the interpreter', () => {
  const step = (more: object) => ({ step_type: 'request', method: 'GET', url: '{{base}}/Groups', ...more });
  const run = async (...steps: readonly object[]) => {
    const server = await startTinyScim('asks no token');
    try {
      const suite = readSuite(JSON.stringify({ name: 'test', steps }));
      return await runSuite(suite, createVariables({ base: server.scimBaseUrl }));
    } finally {
      server.close();
    }
  };

  it('fails a comparison that it does not know', async () => {
    const { passed, failed, failures } = await run(
      step({ assertions: [{ comparison: 'is_lovely', source: 'response_json', property: 'id' }] }),
    );
    expect({ passed, failed }).toEqual({ passed: 0, failed: 1 });
    expect(failures[0]).toContain('the comparison "is_lovely" is not known');
  });

  it('fails a source that it does not know', async () => {
    const { failures } = await run(step({ assertions: [{ comparison: 'empty', source: 'response_xml' }] }));
    expect(failures[0]).toContain('the source "response_xml" is not known');
  });

  it('fails every assertion of a step whose variable has no value', async () => {
    const one = { comparison: 'is_null', source: 'response_json', property: 'x' };
    const { failed, failures } = await run(step({ url: '{{base}}/{{nobody}}', assertions: [one, one] }));
    expect(failed).toBe(2);
    expect(failures[0]).toContain('the variable {{nobody}} has no value');
  });

  it('fails a step that cannot remember what it should', async () => {
    const { failed } = await run(
      step({ variables: [{ name: 'a', source: 'response_json', property: 'b' }] }),
    );
    expect(failed).toBe(1);
  });

  it('counts the assertions of a step that the suite itself skips', async () => {
    const one = { comparison: 'equal_number', source: 'response_status', value: 200 };
    const { passed, skipped } = await run(
      step({ skipped: true, assertions: [one, one] }),
      step({ assertions: [one] }),
    );
    expect({ passed, skipped }).toEqual({ passed: 1, skipped: 2 });
  });

  it.each([
    ['a kind of step', { step_type: 'condition' }],
    ['a form', step({ form: { a: ['b'] } })],
    ['a key', step({ retries: 3 })],
  ])('refuses a suite with %s that it does not know', (_what, strange) => {
    expect(() => readSuite(JSON.stringify({ name: 'test', steps: [strange] }))).toThrow(
      /cannot be interpreted at steps/,
    );
  });

  it('follows paths into arrays and objects, own properties only', () => {
    const value = { Resources: [{ name: { familyName: 'Byron' }, 'a.b': 1 }] };
    expect(follow(value, 'Resources[0].name.familyName')).toBe('Byron');
    expect(follow(value, 'Resources[0]["a.b"]')).toBe(1);
    expect(follow(value, 'Resources[1].name')).toBeUndefined();
    expect(follow(value, 'constructor')).toBeUndefined();
  });
});

describe('comparisons', () => {
  it.each([
    ['equal', 0, '0', true],
    ['equal', true, 'true', true],
    ['equal', null, 'null', false],
    ['equal', undefined, '', false],
    ['equal', ['a'], 'a', false],
    ['not_equal', 'a', 'b', true],
    ['not_equal', undefined, 'b', false],
    ['equal_number', 0, '0', true],
    ['equal_number', '0', '0', false],
    ['equal_number', 0, '', false],
    ['is_a_number', 3, '', true],
    ['is_a_number', '3', '', false],
    ['is_a_number', undefined, '', false],
    ['is_less_than', 599.9, '600', true],
    ['is_less_than', 600, '600', false],
    ['is_less_than_or_equal', 600, '600', true],
    ['is_greater_than', 2, '1', true],
    ['is_greater_than_or_equal', 1, '1', true],
    ['empty', [], '', true],
    ['empty', undefined, '', true],
    ['not_empty', false, '', true],
    ['not_empty', 0, '', true],
    ['not_empty', '', '', false],
    ['not_empty', {}, '', false],
    ['not_empty', undefined, '', false],
    ['is_null', null, '', true],
    ['contains', 'abc', 'b', true],
    ['contains', ['urn:x'], 'urn', false],
    ['contains', ['urn:x'], 'urn:x', true],
    ['contains', undefined, 'a', false],
    ['does_not_contain', 'abc', 'd', true],
    ['does_not_contain', undefined, 'd', false],
    ['has_value', ['urn:x', 'urn:y'], 'urn:y', true],
    ['has_value', 'urn:y', 'urn:y', false],
    ['has_value', { a: 1 }, '1', true],
    ['has_key', { a: 1 }, 'a', true],
    ['has_key', { a: 1 }, 'constructor', false],
  ] as const)('%s of %j and "%s" is %s', (comparison, actual, expected, holds) => {
    expect(compare(comparison, actual, expected)).toBe(holds);
  });
});

describe('scripts of the suite', () => {
  const exchange = {
    method: 'GET',
    url: 'http://x',
    status: 200,
    headers: new Headers(),
    text: '{"n":[1]}',
    elapsedMs: 1,
  };
  const run = (code: string) => runScript(code, exchange, createVariables({ kept: 'yes' }));

  it('count what they assert', () => {
    const code =
      'var n = JSON.parse(response.body).n; assert.isArray(n); assert.equal(n[0], "1"); assert(variables.get("kept"))';
    expect(run(code)).toEqual({ passed: 3, failure: undefined });
  });

  it.each([
    [
      'an assertion that does not hold',
      'assert.ok(true); assert.ok(false, "no luck")',
      1,
      'assert.ok: no luck',
    ],
    [
      'an assertion that is not known',
      'assert.sameMembers([], [])',
      0,
      'assert.sameMembers is not a function',
    ],
    ['a script that throws', 'JSON.parse(response.body).x.y', 0, /Cannot read properties of undefined/],
    ['a script that asserts nothing', 'log("hello")', 0, 'the script made no assertion'],
    ['a script that never ends', 'for (;;) {}', 0, /timed out after 1000ms/],
  ])('fail on %s', (_what, code, passed, failure) => {
    const outcome = run(code);
    expect(outcome.passed).toBe(passed);
    expect(outcome.failure).toMatch(failure);
  });
});
