/**
 * Runs a Runscope export against a server: steps in order, pauses left out (they wait for nobody here), every
 * assertion counted. A step that cannot be sent fails all that it would have asserted.
 */
import { compare } from './comparisons.ts';
import { type Exchange, readSource, send } from './exchange.ts';
import { runScript } from './script.ts';
import type { Assertion, Capture, RequestStep, Suite } from './suite.ts';
import type { Variables } from './variables.ts';

export interface RunResult {
  passed: number;
  failed: number;
  skipped: number;
  requests: number;
  pauses: number;
  /** How many of the assertions that passed or failed were made by scripts. */
  scripted: number;
  readonly failures: string[];
}

const shown = (value: unknown): string =>
  value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 300);
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
const asText = (value: Assertion['value']): string =>
  value === null || value === undefined ? '' : String(value);
const scriptsOf = (step: RequestStep): string[] => (step.scripts ?? []).filter((code) => code.trim() !== '');

/** Says why an assertion does not hold; undefined when it does. */
const judge = (assertion: Assertion, exchange: Exchange, variables: Variables): string | undefined => {
  const { comparison, source, property } = assertion;
  const subject = [source, property].filter(Boolean).join(' ');
  try {
    const expected = variables.fill(asText(assertion.value));
    const actual = readSource(exchange, source, property);
    if (compare(comparison, actual, expected)) return undefined;
    return `expected ${subject} ${comparison} ${expected}`.trimEnd().concat(`; got ${shown(actual)}`);
  } catch (error) {
    return `expected ${subject} ${comparison}: ${messageOf(error)}`;
  }
};

/** Remembers a value for later steps; one that is not there is a failure of this step. */
const capture = (
  { name, source, property }: Capture,
  exchange: Exchange,
  variables: Variables,
): string | undefined => {
  try {
    const value = readSource(exchange, source, property);
    if (value === undefined || value === null)
      return `{{${name}}} was to be ${property ?? source}; it is not there`;
    variables.set(name, value);
    return undefined;
  } catch (error) {
    return `{{${name}}}: ${messageOf(error)}`;
  }
};

const exchangeOf = async (step: RequestStep, variables: Variables): Promise<Exchange> => {
  if ((step.before_scripts ?? []).some((code) => code.trim() !== ''))
    throw new Error('before_scripts are not run here');
  const headers = new Headers();
  for (const [name, values] of Object.entries(step.headers)) {
    for (const value of values) headers.append(name, variables.fill(value));
  }
  const body = step.body ? variables.fill(step.body) : undefined;
  // URL escapes the spaces and quotation marks that the export holds as they are.
  return send({ method: step.method, url: new URL(variables.fill(step.url)).href, headers, body });
};

const fail = (result: RunResult, step: RequestStep, where: string, why: string): void => {
  result.failed += 1;
  result.failures.push(`${step.note.trim()}\n  ${where}\n  ${why}`);
};

const judgeScript = (code: string, exchange: Exchange, variables: Variables, result: RunResult) => {
  const { passed, failure } = runScript(code, exchange, variables);
  result.passed += passed;
  result.scripted += passed + (failure === undefined ? 0 : 1);
  return failure === undefined ? undefined : `script: ${failure}`;
};

const judgeStep = (step: RequestStep, exchange: Exchange, variables: Variables, result: RunResult): void => {
  const where = `${exchange.method} ${exchange.url} → ${exchange.status}`;
  const failUnlessFine = (why: string | undefined): void => {
    if (why !== undefined) fail(result, step, where, why);
  };
  for (const assertion of step.assertions ?? []) {
    const why = judge(assertion, exchange, variables);
    if (why === undefined) result.passed += 1;
    failUnlessFine(why);
  }
  for (const code of scriptsOf(step)) failUnlessFine(judgeScript(code, exchange, variables, result));
  for (const wanted of step.variables ?? []) failUnlessFine(capture(wanted, exchange, variables));
};

const weightOf = (step: RequestStep): number => (step.assertions?.length ?? 0) + scriptsOf(step).length;

const runStep = async (step: RequestStep, variables: Variables, result: RunResult): Promise<void> => {
  if (step.skipped) {
    result.skipped += weightOf(step);
    return;
  }
  result.requests += 1;
  try {
    judgeStep(step, await exchangeOf(step, variables), variables, result);
  } catch (error) {
    const reason = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : '';
    result.failed += weightOf(step);
    result.scripted += scriptsOf(step).length;
    result.failures.push(
      `${step.note.trim()}\n  ${step.method} ${step.url}\n  not answered: ${messageOf(error)}${reason}; all ${weightOf(step)} assertions failed`,
    );
  }
};

/** Runs a suite from its first step to its last. */
export const runSuite = async (suite: Suite, variables: Variables): Promise<RunResult> => {
  const result: RunResult = {
    passed: 0,
    failed: 0,
    skipped: 0,
    requests: 0,
    pauses: 0,
    scripted: 0,
    failures: [],
  };
  for (const step of suite.steps) {
    if (step.step_type === 'pause') result.pauses += 1;
    else await runStep(step, variables, result);
  }
  return result;
};
