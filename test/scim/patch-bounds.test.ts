/** PATCHes of people that are made to cost: refused early, and what known clients could send is let through. */
import type { Attributes } from '../../src/directory/model.ts';
import { userSchema } from '../../src/directory/schema.ts';
import { applyPatch } from '../../src/scim/patch/patch.ts';
import { bare, read, refusal, type Sent } from './support.ts';

describe('work stays bounded', () => {
  const many = {
    userName: 'u',
    emails: Array.from({ length: 1000 }, (_, i) => ({ value: `v${i}`, type: `t${i}` })),
  };
  const repeat = (count: number, operation: (i: number) => Sent) =>
    read(Array.from({ length: count }, (_, i) => operation(i)));

  it('10,000 operations on one attribute', () => {
    const operations = repeat(10_000, (i) => ({ op: 'replace', path: 'title', value: `${i}` }));
    const started = performance.now();
    expect(applyPatch(bare, operations, userSchema, { strict: false }).attributes).toMatchObject({
      title: '9999',
    });
    expect(performance.now() - started).toBeLessThan(3000);
  });

  it('1,000 value paths into twenty values', () => {
    const emails = many.emails.slice(0, 20);
    const operations = repeat(1000, (i) => ({
      op: 'replace',
      path: `emails[type eq "t${i % 20}"].value`,
      value: `${i}`,
    }));
    const { attributes } = applyPatch({ userName: 'u', emails }, operations, userSchema, { strict: false });
    expect((attributes['emails'] as readonly unknown[])[19]).toEqual({ type: 't19', value: '999' });
  });

  it('a thousand values are set at once', () => {
    const operations = repeat(1, () => ({ op: 'replace', path: 'emails', value: many.emails }));
    expect(applyPatch(bare, operations, userSchema, { strict: false }).attributes).toEqual({
      ...many,
      userName: 'ann',
    });
  });

  it.each<[string, (i: number) => Sent]>([
    ['value paths', (i) => ({ op: 'replace', path: `emails[type eq "t${i}"].value`, value: 'x' })],
    ['removals by path', (i) => ({ op: 'remove', path: `emails[type eq "x${i}"]` })],
    ['removals by list', (i) => ({ op: 'remove', path: 'emails', value: [{ value: `x${i}` }] })],
    ['additions', () => ({ op: 'add', path: 'emails', value: [{ value: 'v1', type: 't1' }] })],
    ['long filters', (i) => ({ op: 'remove', path: `emails[${'type pr and '.repeat(400)} type eq "${i}"]` })],
  ])('10,000 %s into a thousand values are refused early', (_title, operation) => {
    const operations = repeat(10_000, operation);
    const started = performance.now();
    const error = refusal(() => applyPatch(many, operations, userSchema, { strict: false }));
    expect(error.message).toMatch(
      /^Operation \d{1,4} of 10000: This PATCH compares too many values of "emails"/,
    );
    expect(performance.now() - started).toBeLessThan(5000);
  });

  describe('also where values are few and long', () => {
    const long = {
      userName: 'u',
      emails: Array.from({ length: 20 }, (_, i) => ({
        type: `t${i}`,
        value: `${i}${'\uff21'.repeat(65_000)}`,
      })),
    };
    const short = { ...long, emails: many.emails.slice(0, 20) };
    const run = (before: Attributes, count: number, operation: (i: number) => Sent) =>
      applyPatch(before, repeat(count, operation), userSchema, { strict: false }).attributes;

    it.each<[string, Attributes, number, (i: number) => Sent]>([
      ['by which one is chosen', long, 100, () => ({ op: 'remove', path: 'emails[value eq "x"]' })],
      [
        'in the filter',
        short,
        100,
        () => ({ op: 'remove', path: `emails[value eq "${'\uff21'.repeat(8_000)}"]` }),
      ],
      [
        'in which another is looked for',
        { userName: 'u', emails: [{ value: 'a'.repeat(65_000) }] },
        2,
        () => ({ op: 'remove', path: `emails[value co "${'a'.repeat(4_000)}b${'a'.repeat(4_000)}"]` }),
      ],
      [
        'that are changed and compared by turns',
        long,
        100,
        (i) =>
          i % 2 === 0
            ? { op: 'replace', path: 'emails[type pr].display', value: `${i}` }
            : { op: 'add', path: 'emails', value: { value: `${i}` } },
      ],
    ])('values %s are refused early', (_title, before, count, operation) => {
      const error = refusal(() => run(before, count, operation));
      expect(error.message).toMatch(/^Operation \d of \d+: This PATCH compares .*, or too long ones/);
    });

    it('what is folded once is paid once: one list of a thousand against some long values', () => {
      const emails = long.emails.slice(0, 10);
      const value = [...many.emails.slice(0, 999), { value: `3${'A'.repeat(65_000)}` }];
      expect(run({ ...long, emails }, 1, () => ({ op: 'remove', path: 'emails', value }))).toEqual({
        ...long,
        emails: emails.filter(({ type }) => type !== 't3'),
      });
    });

    it('a long value that nobody asks about costs nothing', () => {
      const photo = { type: 'photo', value: `https://x.example/${'a'.repeat(65_000)}` };
      const operation = (i: number) => ({
        op: 'replace',
        path: 'photos[type eq "photo"].display',
        value: `${i}`,
      });
      expect(run({ userName: 'u', photos: [photo] }, 1_000, operation)).toEqual({
        userName: 'u',
        photos: [{ ...photo, display: '999' }],
      });
    });
  });

  it('10,000 values are too many, and that is found out at the second thousand', () => {
    const operations = repeat(10, (part) => ({
      op: 'add',
      path: 'emails',
      value: Array.from({ length: 1_000 }, (_, i) => ({ value: `v${part}-${i}` })),
    }));
    const error = refusal(() => applyPatch(bare, operations, userSchema, { strict: false }));
    expect(error.message).toMatch(/^Operation 2 of 10: /);
  });
});
