/**
 * The table of facts is whole: every row has its evidence, and whoever confirmed it is named.
 */
import { ASSUMPTIONS } from '../../src/emulator/assumptions.ts';
import { FACTS } from '../../src/emulator/facts.ts';

const LABELS = ['CONFIRMED-O', 'CONFIRMED-C', 'REPORTED', 'INFERRED', 'UNKNOWN'];
const SOURCES = /^(SW|BSW|WH|TF|SDK|DH|AMU|CAS|SLATES|[DH]:[a-z-]+)$/;
const all = Object.values(FACTS).flat();

it('names a source of mode-api.md for whatever is confirmed or reported', () => {
  for (const { label, source, says } of all) {
    const named = source === '' ? [] : source.split(', ');
    const wanted = ['CONFIRMED-O', 'CONFIRMED-C', 'REPORTED'].includes(label) ? 1 : 0;
    expect([says, named.length >= wanted, named.every((one) => SOURCES.test(one))]).toEqual([
      says,
      true,
      true,
    ]);
  }
});

it('says nothing twice', () => {
  const says = [...all, ...Object.values(ASSUMPTIONS)].map((one) => one.says);
  expect(new Set(says).size).toBe(says.length);
});

it('claims no trap that nothing speaks for', () => {
  for (const { label, isTrap, says } of all)
    if (isTrap) expect([says, label]).toEqual([says, expect.stringMatching(/^(CONFIRMED|REPORTED)/)]);
});

it('has a label for every number and word that was chosen', () => {
  for (const { label } of Object.values(ASSUMPTIONS)) expect(LABELS).toContain(label);
});
