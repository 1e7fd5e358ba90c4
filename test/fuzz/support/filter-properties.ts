/** What must hold of filters: their text means the tree, SQL and memory agree, and no text does more than be refused. */
import fc from 'fast-check';
import { fold } from '../../../src/directory/fold.ts';
import { matches } from '../../../src/directory/match.ts';
import type { Filter } from '../../../src/directory/query.ts';
import { findAttribute, groupSchema, userSchema } from '../../../src/directory/schema.ts';
import { ScimRefusal } from '../../../src/scim/errors.ts';
import { MAX_FILTER_LENGTH } from '../../../src/scim/filter/lexer.ts';
import { parseElementFilter, parseFilter } from '../../../src/scim/filter/parse.ts';
import { parsePath } from '../../../src/scim/filter/path.ts';
import { restrict } from '../../../src/scim/filter/restrict.ts';
import type { OpenStore } from '../../../src/store/index.ts';
import { asking } from '../../contract/records.ts';
import { CPU_LIMIT_MS, steadyCpu } from './cpu.ts';
import { anyFilter, type FilterPlan, filterFrom } from './filter-plans.ts';
import { normal, printFilter } from './filter-print.ts';
import { anyDirectory, type DirectoryPlan, type Known, storeDirectory } from './people.ts';
import { type Problem, shown } from './problem.ts';
import { anyDamage, type Damage, damageText, wordSalad } from './text-mutation.ts';
import { anyText } from './texts.ts';

/** A directory, and what it is asked; `seed` is the spelling. */
export interface Questions {
  readonly directory: DirectoryPlan;
  readonly filters: readonly { readonly plan: FilterPlan; readonly seed: number }[];
}

export const anyQuestions: fc.Arbitrary<Questions> = fc.record({
  directory: anyDirectory,
  filters: fc.array(fc.record({ plan: anyFilter, seed: fc.nat() }), { minLength: 1, maxLength: 12 }),
});

/** Parses what was printed; a problem when it is refused, or means something else. */
const reread = (filter: Filter, seed: number): { readonly parsed?: Filter; readonly problem?: Problem } => {
  const text = printFilter(filter, seed);
  // With good reason refused: asked of the database all the same.
  if (text.length > MAX_FILTER_LENGTH) return { parsed: filter };
  const strict = seed % 2 === 0;
  try {
    const parsed = parseFilter(text, userSchema, { strict });
    if (JSON.stringify(normal(parsed)) === JSON.stringify(normal(filter))) return { parsed };
    const detail = `${shown(text)}\n  means ${shown(normal(parsed))}\n  instead of ${shown(normal(filter))}`;
    return { problem: { what: 'a printed filter means something else', detail } };
  } catch (error) {
    const detail = `${shown(text)} (strict: ${strict}): ${String(error)}`;
    return { problem: { what: 'a printed filter is refused', detail } };
  }
};

/** Printed in any spelling and parsed again, a filter means what it meant. */
export const rereadProblems = (plan: FilterPlan, seed: number): readonly Problem[] => {
  const { problem } = reread(filterFrom(plan, []), seed);
  return problem ? [problem] : [];
};

const idsFrom = async (store: OpenStore, connectionId: string, filter: Filter, all: readonly Known[]) => {
  const settled = restrict(filter, userSchema);
  if (typeof settled === 'boolean') return settled ? all.map(({ record }) => record.id) : [];
  const { rows, total } = await store.users.list(connectionId, asking({ filter: settled }));
  const counted = await store.users.list(connectionId, asking({ filter: settled, limit: 0 }));
  const ids = rows.map(({ id }) => id).sort();
  return total === ids.length && counted.total === total
    ? ids
    : [...ids, `but ${total} and ${counted.total}`];
};

const sqlAgainstMemory = async (
  store: OpenStore,
  connectionId: string,
  filter: Filter,
  all: readonly Known[],
): Promise<readonly Problem[]> => {
  const wanted = all.filter(({ seen }) => matches(filter, seen)).map(({ record }) => record.id);
  const found = await idsFrom(store, connectionId, filter, all).catch((error: unknown) => [String(error)]);
  if (wanted.join() === found.join()) return [];
  const apart = all.find(({ record }) => wanted.includes(record.id) !== found.includes(record.id));
  const detail = `${shown(printFilter(filter, 1))}\n  ${store.engine}: ${found}\n  memory: ${wanted}\n  ${shown(apart?.seen)}`;
  return [{ what: `${store.engine} and memory disagree`, detail }];
};

let connections = 0;

/** Stores the people and asks each filter of the database and of `matches`. */
export const agreementProblems = async (
  store: OpenStore,
  { directory, filters }: Questions,
): Promise<readonly Problem[]> => {
  connections += 1;
  const connectionId = `fuzz-${connections}`;
  const all = await storeDirectory(store, connectionId, directory);
  const problems: Problem[] = [];
  for (const { plan, seed } of filters) {
    const { parsed, problem } = reread(
      filterFrom(
        plan,
        all.map(({ seen }) => seen),
      ),
      seed,
    );
    if (problem) problems.push(problem);
    if (parsed) problems.push(...(await sqlAgainstMemory(store, connectionId, parsed, all)));
  }
  return problems;
};

/** A filter or a path with something wrong with it, or a heap of words. */
export interface Damaged {
  readonly text: string;
  readonly damages: readonly Damage[];
}

const printed = fc.tuple(anyFilter, fc.nat()).map(([plan, seed]) => printFilter(filterFrom(plan, []), seed));

const PATHS = [
  'emails[type eq "work"].value',
  'members[value eq "1" or value eq "2"]',
  'name.familyName',
  'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value',
  'addresses[type eq "work" and not (primary eq true)]',
];

export const anyDamaged: fc.Arbitrary<Damaged> = fc.record({
  text: fc.oneof(
    { weight: 3, arbitrary: printed },
    { weight: 2, arbitrary: wordSalad },
    { weight: 2, arbitrary: fc.constantFrom(...PATHS) },
    { weight: 1, arbitrary: anyText },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  ),
  damages: fc.array(anyDamage, { maxLength: 5 }),
});

const emails = findAttribute(userSchema, 'emails');

const readers = (text: string, strict: boolean): Readonly<Record<string, () => unknown>> => ({
  filter: () => parseFilter(text, userSchema, { strict }),
  'group filter': () => restrict(parseFilter(text, groupSchema, { strict }), groupSchema),
  'element filter': () => emails && parseElementFilter(text, emails, userSchema, { strict }),
  path: () => parsePath(text, userSchema, { strict }),
  'group path': () => parsePath(text, groupSchema, { strict }),
});

const refusing = (read: () => unknown): unknown => {
  try {
    read();
    return undefined;
  } catch (error) {
    return error instanceof ScimRefusal ? undefined : error;
  }
};

/** No text makes a reader of filters or paths throw anything but a refusal, or think for long. */
export const damagedProblems = ({ text, damages }: Damaged): readonly Problem[] => {
  const broken = damageText(text, damages);
  return [true, false].flatMap((strict) =>
    Object.entries(readers(broken, strict)).flatMap(([name, read]) => {
      const thrown = refusing(read);
      const cpu = steadyCpu(() => refusing(read));
      return [
        ...(thrown === undefined
          ? []
          : [{ what: `the ${name} reader throws`, detail: `${shown(broken)}: ${String(thrown)}` }]),
        ...(cpu <= CPU_LIMIT_MS
          ? []
          : [{ what: `the ${name} reader is slow`, detail: `${cpu} ms: ${shown(broken)}` }]),
      ];
    }),
  );
};

/** Folding what is folded changes nothing (fold.ts says so, and indexes rely on it). */
export const foldProblems = (text: string): readonly Problem[] => {
  const once = fold(text);
  return fold(once) === once
    ? []
    : [{ what: 'fold is not idempotent', detail: shown({ text, once, twice: fold(once) }) }];
};
