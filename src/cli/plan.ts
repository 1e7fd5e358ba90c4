/** `plan` and `apply`: in what the record and Mode differ, and making them agree. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { findConnection, retryRefused } from '../directory/connections/connections.ts';
import { isoNow } from '../directory/deps.ts';
import type { Reconcile } from '../directory/model.ts';
import { type Applied, applyPlan } from '../directory/plan/apply.ts';
import { guardNames } from '../directory/plan/guards.ts';
import { makePlan, type Plan, peopleOf } from '../directory/plan/plan.ts';
import { planText } from '../directory/plan/text.ts';
import { type Holder, runAlone } from '../directory/sync/run.ts';
import { learn } from '../directory/sync/sync.ts';
import { print, printJson } from './output.ts';
import { bar, busyText, startProgress } from './progress.ts';
import { type Session, withSession } from './session.ts';

interface PlanOptions {
  readonly reconcile?: Reconcile;
  readonly sync: boolean;
  readonly json?: boolean;
}

interface ApplyOptions extends PlanOptions {
  readonly override?: readonly string[];
}

/** Long enough for any workspace; the throttle ends what hangs. */
const PATIENCE_MS = 60 * 60_000;

/** Terraform's "detailed exit code": a script can tell "nothing to do" from "something to do". */
const EXIT_CHANGES = 2;

/** Reading waits for whoever reads already, such as the server. */
const sayOnce = (name: string) => {
  let said = false;
  return (holder: Holder): void => {
    if (!said) process.stderr.write(`${busyText(name, holder)}\n`);
    said = true;
  };
};

const callOf = async ({ deps }: Session, name: string, { sync }: PlanOptions) => {
  const call = {
    connection: await findConnection(deps, name),
    deadline: deps.now().getTime() + PATIENCE_MS,
  };
  const { connection } = call;
  if (sync) await retryRefused(deps, connection);
  const wish = { connection, scope: 'full', since: isoNow(deps) } as const;
  if (sync) await runAlone(deps, wish, { ...call, onBusy: sayOnce(name) }, () => learn(deps, call));
  return call;
};

const asJson = (plan: Plan) => ({ ...plan, people: peopleOf(plan) });

const plan = (name: string, options: PlanOptions): Promise<void> =>
  withSession({ mode: true }, async (session) => {
    const { connection } = await callOf(session, name, options);
    const made = await makePlan(session.deps, connection, options.reconcile);
    if (options.json) printJson(asJson(made));
    else for (const line of planText(made)) print(line);
    if (made.changes.length > 0) process.exitCode = EXIT_CHANGES;
  });

const tell = ({ plan: made, done, waiting, refused }: Applied): void => {
  print(`Plan ${made.id} applied: ${made.changes.length} changes decided, Mode has taken ${done}.`);
  if (waiting > 0) print(`${waiting} wait for Mode and follow in the background.`);
  for (const message of refused) print(`Refused by Mode: ${message}`);
};

const apply = (name: string, planId: string, options: ApplyOptions): Promise<void> =>
  withSession({ mode: true }, async (session) => {
    const call = await callOf(session, name, options);
    const progress = startProgress();
    const applied = await applyPlan(session.deps, call, {
      planId,
      reconcile: options.reconcile ?? call.connection.reconcile,
      override: options.override ?? [],
      onProgress: (settled, of) => progress.show(bar('changes', settled, of)),
    }).finally(progress.end);
    if (options.json) printJson({ ...applied, plan: asJson(applied.plan) });
    else tell(applied);
    if (applied.refused.length > 0) process.exitCode = 1;
  });

const readGuards = (text: string): readonly string[] => {
  const names = text.split(',').map((name) => name.trim());
  const strange = names.find((name) => !guardNames.includes(name));
  if (strange !== undefined)
    throw new InvalidArgumentError(`There is no guard "${strange}". Guards: ${guardNames.join(', ')}.`);
  return names;
};

const reconcileOption = () =>
  new Option(
    '--reconcile <how>',
    'undo manual changes, show them, or take them over; else as the connection says',
  ).choices(['enforce', 'report', 'adopt']);

export const addPlanCommands = (program: Command): void => {
  program
    .command('plan <connection>')
    .description(
      'Show in what the record and Mode differ and what would be done. Ends with 2 when something would be.',
    )
    .addOption(reconcileOption())
    .option('--no-sync', 'compare with Mode as last seen instead of reading it first')
    .option('--json', 'print JSON')
    .action(plan);
  program
    .command('apply <connection> <plan>')
    .description('Carry out a plan, if neither the record nor Mode has moved since it was made.')
    .addOption(reconcileOption())
    .option(
      '--override <guards>',
      `go on although these guards stop it: ${guardNames.join(', ')}`,
      readGuards,
    )
    .option('--no-sync', 'compare with Mode as last seen instead of reading it first')
    .option('--json', 'print JSON')
    .action(apply);
};
