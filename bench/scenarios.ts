/** Every scenario, in the order of measuring: what changes the number of people comes last. */
import { READS } from './reads.ts';
import type { Scenario } from './scenario.ts';
import { WRITES } from './writes.ts';

export const SCENARIOS: readonly Scenario[] = [...READS, ...WRITES];
