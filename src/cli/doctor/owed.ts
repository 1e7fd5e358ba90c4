/** What Mode is owed: changes that were accepted and that it has not taken yet, and why not. */
import { isoNow } from '../../directory/deps.ts';
import type { Owed } from '../../directory/store/work.ts';
import { lasting } from './age.ts';
import { type Finding, fail, ok, warn } from './check.ts';
import type { Linked } from './linked.ts';

/** Mode busy or down for a moment is daily life. */
const LONG_MS = 10 * 60_000;

const sayErrors = (rows: readonly Owed[]): string => {
  const errors = rows.filter(({ lastError }) => lastError !== null);
  if (errors.length === 0) return 'not tried yet';
  return errors.map(({ lastError, count }) => `${count} × ${lastError}`).join(', ');
};

interface Kind {
  readonly isRemoval: boolean;
  /** One, and more. */
  readonly words: readonly [string, string];
  /** Access that should have ended and has not is worse than access that has yet to begin. */
  readonly late: typeof fail;
}

const KINDS: readonly Kind[] = [
  { isRemoval: true, words: ['end of access', 'ends of access'], late: fail },
  { isRemoval: false, words: ['change', 'changes'], late: warn },
];

const REMEDY =
  'The server carries them out as soon as Mode takes them: see that it runs, the lines about Mode here, and "settle.postponed" in its log.';

/** What is owed, ends of access apart from the rest. */
export const owed = async ({ deps, connection }: Linked): Promise<readonly Finding[]> => {
  const rows = await deps.store.unsettled.owed(connection.id, isoNow(deps));
  if (rows.length === 0) return [ok('nothing')];
  const now = deps.now().getTime();
  return KINDS.flatMap(({ isRemoval, words, late }): readonly Finding[] => {
    const alike = rows.filter((row) => row.isRemoval === isRemoval);
    if (alike.length === 0) return [];
    const count = alike.reduce((sum, row) => sum + row.count, 0);
    const ageMs = now - Math.min(...alike.map(({ since }) => Date.parse(since)));
    const what = `${count} ${words[count === 1 ? 0 : 1]}, the oldest for ${lasting(ageMs)} (${sayErrors(alike)})`;
    return [ageMs > LONG_MS ? late(what, REMEDY) : ok(what)];
  });
};
