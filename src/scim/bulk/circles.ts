/**
 * Circles among references (RFC 7644 §3.7.1): who refers to each other directly or by way of others, and which references
 * must wait so that all of them can be created. Tarjan's walk, without recursion: its length is the client's choice.
 */

/** Operations by index, and of each the operations that it refers to. */
export type References = readonly (readonly number[])[];

export interface Circles {
  /** Operations that refer to each other, also one that refers to itself. */
  readonly circles: readonly (readonly number[])[];
  /** The number of the circle that an operation is in; undefined for most. */
  readonly circleOf: ReadonlyMap<number, number>;
  /** Of an operation the references that close a circle: what they point to is created after it. */
  readonly waiting: ReadonlyMap<number, ReadonlySet<number>>;
}

interface Visit {
  readonly node: number;
  readonly number: number;
  /** The earliest visit that is reached from here. */
  lowest: number;
  /** Which reference is followed next. */
  next: number;
  onPath: boolean;
  settled: boolean;
}

interface Walk {
  readonly references: References;
  readonly visits: Map<number, Visit>;
  /** From where the walk began to where it stands. */
  readonly path: Visit[];
  /** Visited, and not yet known to be in a circle or in none. */
  readonly open: Visit[];
  readonly waiting: Map<number, Set<number>>;
  readonly circles: number[][];
}

const enter = (walk: Walk, node: number): void => {
  const number = walk.visits.size;
  const visit: Visit = { node, number, lowest: number, next: 0, onPath: true, settled: false };
  walk.visits.set(node, visit);
  walk.path.push(visit);
  walk.open.push(visit);
};

/** A reference to what was visited before; one to where the walk came from closes a circle. */
const meet = (walk: Walk, from: Visit, to: Visit): void => {
  if (!to.settled) from.lowest = Math.min(from.lowest, to.number);
  if (!to.onPath) return;
  const waiting = walk.waiting.get(from.node) ?? new Set();
  walk.waiting.set(from.node, waiting.add(to.node));
};

const leave = (walk: Walk, visit: Visit): void => {
  walk.path.pop();
  visit.onPath = false;
  const before = walk.path.at(-1);
  if (before) before.lowest = Math.min(before.lowest, visit.lowest);
  if (visit.lowest !== visit.number) return;
  const together = walk.open.splice(walk.open.lastIndexOf(visit));
  for (const one of together) one.settled = true;
  const isCircle = together.length > 1 || walk.waiting.get(visit.node)?.has(visit.node) === true;
  if (isCircle) walk.circles.push(together.map(({ node }) => node).sort((a, b) => a - b));
};

const explore = (walk: Walk, root: number): void => {
  enter(walk, root);
  for (let visit = walk.path.at(-1); visit !== undefined; visit = walk.path.at(-1)) {
    const to = walk.references[visit.node]?.[visit.next];
    visit.next += 1;
    if (to === undefined) {
      leave(walk, visit);
      continue;
    }
    const met = walk.visits.get(to);
    if (met) meet(walk, visit, met);
    else enter(walk, to);
  }
};

/** Finds the circles. */
export const findCircles = (references: References): Circles => {
  const walk: Walk = { references, visits: new Map(), path: [], open: [], waiting: new Map(), circles: [] };
  for (const node of references.keys()) if (!walk.visits.has(node)) explore(walk, node);
  const circleOf = new Map(
    walk.circles.flatMap((circle, number) => circle.map((node) => [node, number] as const)),
  );
  return { circles: walk.circles, circleOf, waiting: walk.waiting };
};
