/**
 * What stops a plan before its first write: too many who would lose access, somebody who is protected, the last admin, a
 * record that looks empty. Each guard has a name by which whoever answers for it can override it.
 */
import type { Connection } from '../model.ts';
import type { Difference } from './compare.ts';
import type { ModeTotals } from './drift.ts';
import { type Action, effects } from './situations.ts';

/** A guard that a plan has set off, in words. */
export interface Stop {
  readonly guard: string;
  readonly message: string;
}

interface Judged {
  readonly differences: readonly Difference[];
  readonly totals: ModeTotals;
  readonly connection: Pick<Connection, 'protected'>;
}

interface Guard {
  readonly name: string;
  /** What is wrong, or null. */
  readonly check: (judged: Judged) => string | null;
}

interface Limit {
  readonly name: string;
  readonly what: string;
  readonly atMost: number;
  readonly percent: number;
  readonly of: keyof ModeTotals;
  /** How many the plan would take. */
  readonly count: (differences: readonly Difference[]) => number;
}

const peopleLosing = (differences: readonly Difference[]): number =>
  new Set(
    differences.flatMap(({ action, person }) => (effects[action] === 'loses' && person ? [person.id] : [])),
  ).size;

const countOf =
  (...actions: readonly Action[]) =>
  (differences: readonly Difference[]): number =>
    differences.filter(({ action }) => actions.includes(action)).length;

/** Absolute and per cent, for each kind (product.md section 4: 10 % or 25 people). */
const limits: readonly Limit[] = [
  {
    name: 'people',
    what: 'people would lose access',
    atMost: 25,
    percent: 10,
    of: 'people',
    count: peopleLosing,
  },
  {
    name: 'memberships',
    what: 'group memberships would end',
    atMost: 250,
    percent: 10,
    of: 'memberships',
    count: countOf('removeMember'),
  },
  {
    name: 'groups',
    what: 'groups would be deleted',
    atMost: 5,
    percent: 10,
    of: 'groups',
    count: countOf('deleteGroup'),
  },
];

const ofLimit = ({ name, what, atMost, percent, of, count }: Limit): Guard => ({
  name,
  check: ({ differences, totals }) => {
    const losing = count(differences);
    const share = totals[of] === 0 ? 0 : (losing / totals[of]) * 100;
    if (losing <= atMost && share <= percent) return null;
    return `${losing} of ${totals[of]} ${what} (${share.toFixed(0)} %); the limit is ${percent} % or ${atMost}.`;
  },
});

const isProtected = (
  { protected: { people, groups } }: Judged['connection'],
  { person, group }: Difference,
): boolean =>
  (person !== null && people.some((name) => name.toLowerCase() === person.userName.toLowerCase())) ||
  (group !== null && groups.some((name) => name.toLowerCase() === group.displayName.toLowerCase()));

const guards: readonly Guard[] = [
  {
    name: 'empty-mode',
    check: ({ differences, totals }) =>
      totals.people === 0 && differences.some(({ action }) => action !== 'show')
        ? 'Mode listed nobody at all, which is more likely a fault than the truth.'
        : null,
  },
  ...limits.map(ofLimit),
  {
    name: 'protected',
    check: ({ connection, differences }) => {
      const touched = differences.filter(
        (one) => effects[one.action] === 'loses' && isProtected(connection, one),
      );
      const names = touched.map(({ person, group }) => person?.userName ?? group?.displayName);
      return touched.length === 0 ? null : `Protected and yet to lose access: ${names.join(', ')}.`;
    },
  },
  {
    name: 'last-admin',
    check: ({ differences, totals }) => {
      const leaving = differences.filter(({ action, admin }) => action === 'removePerson' && admin).length;
      return leaving > 0 && leaving >= totals.admins ? 'No admin would be left in the Mode workspace.' : null;
    },
  },
];

/** The names of all guards, for those who may override them. */
export const guardNames: readonly string[] = guards.map(({ name }) => name);

/** The guards that this plan sets off. */
export const guardsAgainst = (judged: Judged): readonly Stop[] =>
  guards.flatMap(({ name, check }) => {
    const message = check(judged);
    return message === null ? [] : [{ guard: name, message }];
  });
