/** The JSON report of `scim2/test-suite` as a verdict: what an RFC demands counts, what it recommends is only told. */
import { z } from 'zod';
import type { Verdict } from '../judge.ts';
import { divide } from './neutralised.ts';

const requirementSchema = z.looseObject({
  id: z.string(),
  level: z.string(),
  summary: z.string(),
  rfc: z.number(),
  section: z.string(),
  message: z.string().optional(),
  subtests: z
    .array(z.looseObject({ name: z.string(), outcome: z.string(), message: z.string().optional() }))
    .optional(),
});

const listSchema = z
  .array(requirementSchema)
  .nullish()
  .transform((list) => list ?? []);

const reportSchema = z.looseObject({ failures: listSchema, warnings: listSchema, passed: listSchema });

export type Requirement = z.infer<typeof requirementSchema>;

const DEMANDS = ['MUST', 'MUST NOT', 'SHALL', 'SHALL NOT', 'REQUIRED'];

const describe = ({ id, level, summary, rfc, section, message }: Requirement): string =>
  [`[${level}] ${id} (RFC ${rfc} §${section}): ${summary}`, message].filter(Boolean).join('\n  ');

const levelsOf = (failed: readonly Requirement[]): string =>
  DEMANDS.map((level) => `${level} ${failed.filter((one) => one.level === level).length}`).join(', ');

/** Counts requirements. Recommendations, features not advertised and what is neutralised count as skipped. */
export const readSuiteReport = (text: string): Verdict => {
  const { failures, warnings, passed } = reportSchema.parse(JSON.parse(text));
  const { counted, neutralised, count } = divide(failures);
  const demands = counted.filter(({ level }) => DEMANDS.includes(level));
  const recommendations = counted.length - demands.length;
  if (passed.length === 0 && failures.length === 0) throw new Error('the report has no requirement in it');
  const besides = `${warnings.length} of features not advertised, ${count} neutralised, ${recommendations} recommendations not followed`;
  return {
    passed: passed.length,
    failed: demands.length,
    skipped: warnings.length + count + recommendations,
    note: `requirements; failed ${levelsOf(demands)}; skipped: ${besides}`,
    failures: demands.map(describe),
    neutralised,
  };
};
