/** Runs a property a bounded number of times in a bounded time, and says in words which input broke it. */
import fc from 'fast-check';
import { type Problem, shown } from './problem.ts';

/** The seed of the bounded runs: the same inputs on every machine. FUZZ_SEED tries others. */
const SEED = Number(process.env['FUZZ_SEED'] ?? 20_260_801);

export interface Bounds {
  readonly runs: number;
  readonly milliseconds: number;
  readonly seed?: number;
}

export interface Outcome {
  readonly runs: number;
  /** Undefined when every input passed. */
  readonly failure?: { readonly problems: readonly Problem[]; readonly report: string };
}

/** Draws inputs and collects what is wrong with them; stops at the first, shrunk. */
export const check = async <T>(
  arbitrary: fc.Arbitrary<T>,
  problemsOf: (input: T) => readonly Problem[] | Promise<readonly Problem[]>,
  { runs, milliseconds, seed = SEED }: Bounds,
): Promise<Outcome> => {
  // Of the last input that failed, which is the smallest: asked again, a server in another state might say something else.
  let problems: readonly Problem[] = [];
  const property = fc.asyncProperty(arbitrary, async (input) => {
    const found = await problemsOf(input);
    if (found.length > 0) problems = found;
    return found.length === 0;
  });
  const details = await fc.check(property, {
    seed,
    numRuns: runs,
    interruptAfterTimeLimit: milliseconds,
    markInterruptAsFailure: false,
  });
  const [input] = details.counterexample ?? [];
  if (!details.failed || input === undefined) return { runs: details.numRuns };
  const thrown = problems.length === 0 ? [`threw ${String(details.errorInstance)}`] : [];
  const lines = [
    `seed ${details.seed}, path ${details.counterexamplePath}, after ${details.numRuns} runs`,
    ...problems.map(({ what, detail }) => `${what}: ${detail}`),
    ...thrown,
    `input ${shown(input, 4_000)}`,
  ];
  return { runs: details.numRuns, failure: { problems, report: lines.join('\n') } };
};

/** Like `check`, and throws the report. */
export const expectNoProblems = async <T>(...given: Parameters<typeof check<T>>): Promise<number> => {
  const { runs, failure } = await check(...given);
  if (failure) throw new Error(failure.report);
  return runs;
};
