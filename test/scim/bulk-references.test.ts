/** RFC 7644 §3.7.2: which texts are references by bulkId, and what is put in their place. */
import { describe, expect, test } from '@jest/globals';
import { resolveReferences, setAside, textsIn } from '../../src/scim/bulk/references.ts';

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const resolve = (data: unknown, ids: Record<string, string>) =>
  resolveReferences(data, (bulkId) => ids[bulkId] ?? `?${bulkId}`);

describe('RFC 7644 §3.7.2 references in data', () => {
  test('stand in members, in an extension, in PATCH values and in arrays of texts', () => {
    const data = {
      members: [{ value: 'bulkId:a' }, { value: 'bulkId:b', type: 'User' }, 'bulkId:a'],
      [ENTERPRISE]: { manager: { value: 'bulkId:b' } },
      Operations: [{ op: 'add', path: 'members', value: [{ value: 'bulkId:a' }] }],
    };
    expect(resolve(data, { a: '1', b: '2' })).toEqual({
      members: [{ value: '1' }, { value: '2', type: 'User' }, '1'],
      [ENTERPRISE]: { manager: { value: '2' } },
      Operations: [{ op: 'add', path: 'members', value: [{ value: '1' }] }],
    });
  });

  test('are whole texts: a bulkId that begins another one is another one (scimmy H03)', () => {
    const data = [{ value: 'bulkId:10' }, { value: 'bulkId:1' }, { value: 'bulkId:100' }];
    expect(resolve(data, { 1: 'one', 10: 'ten', 100: 'hundred' })).toEqual([
      { value: 'ten' },
      { value: 'one' },
      { value: 'hundred' },
    ]);
  });

  test('are no part of other text, and no key', () => {
    const data = { title: 'see bulkId:a', nickName: ' bulkId:a', 'bulkId:a': 'BULKID:a', n: 1, x: null };
    expect(resolve(data, { a: '1' })).toEqual(data);
  });

  test('stand as a quoted literal in the filter of a PATCH path, and nowhere else in it', () => {
    const paths = [
      'members[value eq "bulkId:1"]',
      'members[value eq "bulkId:10" or display eq "x bulkId:1"]',
      'members[value eq "bulkId:a\\"b"]',
      'members[value eq bulkId:1]',
      'bulkId:1',
      'members[value eq "bulkId:1',
      'members[value eq "\\x bulkId:1"]',
    ];
    const changed = paths.map(
      (path) => (resolve({ path }, { 1: 'one', 10: 't"en', 'a"b': 'ab' }) as { path: string }).path,
    );
    expect(changed).toEqual([
      'members[value eq "one"]',
      'members[value eq "t\\"en" or display eq "x bulkId:1"]',
      'members[value eq "ab"]',
      'members[value eq bulkId:1]',
      'bulkId:1',
      'members[value eq "bulkId:1',
      'members[value eq "\\x bulkId:1"]',
    ]);
  });

  test('stand at the end of a $ref, so that none is kept in an address', () => {
    const data = { manager: { value: 'bulkId:a', $ref: 'https://x.example/scim/v2/Users/bulkId:a' } };
    expect(resolve(data, { a: '1' })).toEqual({
      manager: { value: '1', $ref: 'https://x.example/scim/v2/Users/1' },
    });
    expect(resolve({ $ref: '../Users/7' }, {})).toEqual({ $ref: '../Users/7' });
  });

  test('may hold any character, and stand beside a key named __proto__', () => {
    const data = JSON.parse(
      '{"__proto__":{"value":"bulkId:__proto__"},"v":"bulkId:ä/?#\\u0000 \\""}',
    ) as object;
    const changed = resolveReferences(data, (bulkId) => `<${bulkId}>`) as object;
    expect(JSON.stringify(changed)).toBe('{"__proto__":{"value":"<__proto__>"},"v":"<ä/?#\\u0000 \\">"}');
    expect(Object.getPrototypeOf(changed)).toBe(Object.prototype);
  });

  test('are found in linear time, also in a path made of quotes and backslashes', () => {
    const operations = Array.from({ length: 500 }, () => ({ op: 'remove', path: '\\"'.repeat(4_000) }));
    const startedAt = performance.now();
    textsIn({ Operations: operations });
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });
});

describe('RFC 7644 §3.7.1 what is set aside', () => {
  test('is each whole attribute that refers to what is not there yet, also of an extension', () => {
    const data = {
      userName: 'ann',
      nickName: 'bulkId:now',
      emails: [{ value: 'bulkId:later' }],
      [ENTERPRISE]: { employeeNumber: '7', manager: { value: 'bulkId:later' } },
    };
    expect(setAside(data, (bulkId) => bulkId === 'later')).toEqual({
      now: { userName: 'ann', nickName: 'bulkId:now', [ENTERPRISE]: { employeeNumber: '7' } },
      later: {
        emails: [{ value: 'bulkId:later' }],
        [ENTERPRISE]: { manager: { value: 'bulkId:later' } },
      },
    });
  });
});
