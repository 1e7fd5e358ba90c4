/** The outside judges' runners: a failure is never lost, only the named mistakes of a suite are left out, a missing tool is a skip. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Verdict } from '../../scripts/conformance/judge.ts';
import {
  countAssertions,
  environmentFor,
  readCollection,
} from '../../scripts/conformance/microsoft/collection.ts';
import { microsoft } from '../../scripts/conformance/microsoft/microsoft.ts';
import { neutralise } from '../../scripts/conformance/microsoft/neutralised.ts';
import { runProgram } from '../../scripts/conformance/program.ts';
import { pythonEnvironment } from '../../scripts/conformance/python/environment.ts';
import { type CheckResult, verdictOf } from '../../scripts/conformance/python/results.ts';
import { readResults } from '../../scripts/conformance/python/scim2-cli.ts';
import { failsRun } from '../../scripts/conformance/report.ts';
import { rfcSuite } from '../../scripts/conformance/rfc-suite/rfc-suite.ts';
import { readSuiteReport } from '../../scripts/conformance/rfc-suite/suite-report.ts';
import { type Fault, startTinyScim } from './support/tiny-scim.ts';

const sharedDir = process.env['CONFORMANCE_SHARED'] ?? resolve(import.meta.dirname, '../../../shared');
const collectionFile = join(sharedDir, 'conformance/microsoft/PostmanCollection.json');
const nobody = { scimBaseUrl: 'http://127.0.0.1:1', scimToken: 'none', sharedDir: '/nowhere' };
const counts = ({ passed, failed, skipped }: Verdict) => ({ passed, failed, skipped });

describe('the results of scim2-tester', () => {
  const MEMBERS = "Attribute 'members' was not added or has unexpected value";
  const result = (status: string, check = 'object_query', reason = 'why'): CheckResult => {
    return { status, check, reason };
  };
  const added = (sent: string, returned: string): CheckResult =>
    result('ERROR', 'check_add_attribute', `${MEMBERS}\nPatched value: ${sent}\nReturned value: ${returned}`);
  const whole = (urn: string, said = `"${urn}" cannot be changed as a whole; name an attribute.`) =>
    result('ERROR', 'check_replace_attribute', `Failed to replace attribute '${urn}': ${said}`);

  it('are read from what scim2-cli prints, reasons of several lines included', () => {
    const printed = 'Performing a check ...\nSUCCESS random_url\n  404\nERROR object_query\n  one\ntwo\n';
    expect(readResults(printed)).toEqual([
      result('SUCCESS', 'random_url', '404'),
      result('ERROR', 'object_query', 'one\ntwo'),
    ]);
    expect(readResults('Error: Could not discover the server\n')).toEqual([]);
  });

  it('are told apart by resource type, so that a refusal counts where people or groups are meant', () => {
    const refused = 'ERROR object_creation\n  POST is not possible here; possible: GET.\n';
    const types = "SUCCESS query_all_resource_types\n  Resource types available are: 'User', 'Role'\n";
    const verdict = verdictOf(readResults(`${types}${refused}${refused}`));
    expect(counts(verdict)).toEqual({ passed: 1, failed: 1, skipped: 1 });
    expect(verdict.failures[0]).toMatch(/^object_creation \(User\): ERROR/);
  });

  it('count errors as failures; a SHOULD that is not followed is neither passed nor failed', () => {
    const statuses = ['SUCCESS', 'COMPLIANT', 'ACCEPTABLE', 'DEVIATION', 'SKIPPED', 'ERROR', 'CRITICAL'];
    const verdict = verdictOf(statuses.map((status) => result(status)));
    expect(counts(verdict)).toEqual({ passed: 3, failed: 2, skipped: 2 });
    expect(verdict.note).toBe('checks; 1 deviate from a SHOULD');
    expect(verdict.failures[0]).toBe('object_query: ERROR\n  why');
  });

  it('are no verdict when there are none', () => {
    expect(() => verdictOf([])).toThrow('printed no result');
  });

  it('leave out a member that came back with its readOnly display, and nothing else of members', () => {
    const sent = "[Members(value='1', display=None, type='User')]";
    const verdict = verdictOf([
      added(sent, "[Members(value='1', display='Ada', type='User')]"),
      added(sent, "[Members(value='2', display='Ada', type='User')]"),
      added(sent, 'None'),
    ]);
    expect(counts(verdict)).toEqual({ passed: 0, failed: 2, skipped: 1 });
    expect(verdict.neutralised).toHaveLength(1);
  });

  it("leave out Mode's readOnly extension as a whole, and no other refusal", () => {
    const verdict = verdictOf([
      whole('urn:ietf:params:scim:schemas:extension:mode:2.0:User'),
      whole('urn:ietf:params:scim:schemas:extension:mode:2.0:Group', 'Internal error'),
      whole('urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'),
    ]);
    expect(counts(verdict)).toEqual({ passed: 0, failed: 2, skipped: 1 });
  });
});

describe('the report of scim2/test-suite', () => {
  const requirement = (id: string, level: string, message?: string, subtests?: readonly object[]) => {
    return { id, level, summary: 'it must', rfc: 7643, section: '2', message, subtests };
  };
  const read = (report: object): Verdict => readSuiteReport(JSON.stringify(report));

  it('counts what is demanded; recommendations and features not advertised are skipped', () => {
    const verdict = read({
      failures: [requirement('A', 'MUST', 'got 500'), requirement('B', 'SHOULD', 'no')],
      warnings: [requirement('C', 'MUST')],
      passed: [requirement('D', 'SHALL')],
      untested: null,
    });
    expect(counts(verdict)).toEqual({ passed: 1, failed: 1, skipped: 2 });
    expect(verdict.failures).toEqual(['[MUST] A (RFC 7643 §2): it must\n  got 500']);
    expect(verdict.note).toContain('failed MUST 1, MUST NOT 0, SHALL 0');
  });

  it('leaves out what is asked of its own resource type, but not another failure of the same requirement', () => {
    const id = 'RFC7643-2.3.6-L537';
    const verdict = read({
      failures: [requirement(id, 'MUST', 'setup: POST returned 404'), requirement(id, 'MUST', 'got "x"')],
    });
    expect(counts(verdict)).toEqual({ passed: 0, failed: 1, skipped: 1 });
  });

  it('leaves out invented members and readOnly types, but not users that cannot be created', () => {
    const failing = (...said: readonly string[]) =>
      requirement(
        'RFC7643-2.1-L366',
        'MUST',
        said.at(-1),
        said.map((message) => ({ name: 'a type', outcome: 'fail', message })),
      );
    const group = 'POST /Groups returned 400';
    const verdict = read({
      failures: [
        failing(group, 'POST /Roles returned 405'),
        failing('POST /Users returned 400', group),
        failing('POST /Groups returned 500'),
      ],
    });
    expect(counts(verdict)).toEqual({ passed: 0, failed: 2, skipped: 1 });
  });

  it('is no verdict when it is empty', () => {
    expect(() => read({ failures: null, passed: [] })).toThrow('no requirement');
  });
});

(existsSync(collectionFile) ? describe : describe.skip)("Microsoft's collection", () => {
  const judge = async (fault: Fault): Promise<Verdict> => {
    const server = await startTinyScim(fault);
    try {
      return await microsoft.run({ ...server, sharedDir });
    } finally {
      server.close();
    }
  };

  it('has 107 assertions, before and after what is neutralised', () => {
    const collection = readCollection(readFileSync(collectionFile, 'utf8'));
    expect(countAssertions(collection)).toBe(107);
    expect(countAssertions({ ...collection, item: neutralise(collection.item) })).toBe(107);
  });

  it('counts every assertion of a server that never answers as failed', async () => {
    const verdict = await judge('hangs up');
    expect(counts(verdict)).toEqual({ passed: 0, failed: 107, skipped: 0 });
    expect(verdict.failures[0]).toMatch(/^Get empty Users\n/);
    expect(verdict.failures[0]).toContain('not answered');
  });

  it('tells request and answer of what fails', async () => {
    const { passed, failed, failures } = await judge('none');
    expect(passed + failed).toBe(107);
    expect(failed).toBeGreaterThan(50);
    expect(failures.join('\n')).toMatch(
      /Status code is 200: expected .* 200 but got 404\n {2}.*\n {2}GET \/+Schemas\n/,
    );
    expect(failures.join('\n')).toContain('answer: 404 {"schemas":');
  });
});

describe('a collection', () => {
  it('that has changed where it is neutralised is not judged', () => {
    expect(() => neutralise([{ name: 'Get ServiceProviderConfig' }])).toThrow(/has no ".*" any more/);
  });

  it('is told the address in its own parts', () => {
    const values = (url: string) =>
      (environmentFor(url, 't') as { values: { value: string }[] }).values.map(({ value }) => value);
    expect(values('http://127.0.0.1:8080/scim/v2')).toEqual(['http', '127.0.0.1', ':8080', 'scim/v2', 't']);
    expect(values('https://scim.example.com/scim/v2')).toEqual([
      'https',
      'scim.example.com',
      '',
      'scim/v2',
      't',
    ]);
  });
});

describe('what is missing', () => {
  it('is a reason to skip: the collection, the test program', async () => {
    expect(counts(await microsoft.run(nobody))).toEqual({ passed: 0, failed: 0, skipped: 1 });
    const before = process.env['SCIM2_TEST_SUITE'];
    process.env['SCIM2_TEST_SUITE'] = '/nowhere/compliance.test';
    const verdict = await rfcSuite.run(nobody).finally(() => {
      if (before === undefined) delete process.env['SCIM2_TEST_SUITE'];
      else process.env['SCIM2_TEST_SUITE'] = before;
    });
    expect(counts(verdict)).toEqual({ passed: 0, failed: 0, skipped: 1 });
    expect(verdict.note).toMatch(/^no file \/nowhere/);
  });

  it('is said in one line: Python', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'no-python-'));
    const environment = await pythonEnvironment('no-such-python', folder);
    expect(environment).toEqual({
      missing: expect.stringMatching(/^no no-such-python of version 3\.11.*ENOENT$/),
    });
    rmSync(folder, { recursive: true, force: true });
  });

  it('is no success: a program that takes too long', async () => {
    const endless = [process.execPath, '-e', 'setInterval(() => {}, 1000)'];
    const { code, stderr } = await runProgram(endless, { timeoutMs: 300 });
    expect(code).toBeNull();
    expect(stderr).toContain('stopped after 0.3 s');
  });
});

describe('a failure', () => {
  it('fails the run when the judge is required, and only then', () => {
    const verdict: Verdict = { passed: 1, failed: 1, skipped: 0, note: '', failures: ['x'] };
    expect(failsRun({ name: 'a', required: true, verdict })).toBe(true);
    expect(failsRun({ name: 'a', required: false, verdict })).toBe(false);
  });
});
