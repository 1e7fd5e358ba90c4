/**
 * In which order Bulk operations run (RFC 7644 §3.7): as sent, but that one which refers to a resource of the same request
 * waits until that is created. "The client's intent is preserved": what touches one resource keeps its order, and side by
 * side run only neighbours of one kind that cannot meet.
 */
import type { Circles } from './circles.ts';

/** What the order must know of an operation. */
export interface Orderly {
  /** The POSTs that it refers to, by index. */
  readonly needs: readonly number[];
  /** The id of the resource that it changes; null for a POST. */
  readonly target: string | null;
  /** Ids in its data, other than its target, that another operation of the request changes. */
  readonly mentions: ReadonlySet<string>;
  /** Operations of one kind with different keys cannot meet; null: it runs alone. */
  readonly lane: { readonly kind: string; readonly key: string } | null;
}

/** To run an operation, or to complete a circle once each of its operations has run. */
export type Step =
  | { readonly kind: 'run'; readonly index: number }
  | { readonly kind: 'close'; readonly circle: readonly number[] };

interface Node {
  readonly step: Step;
  readonly after: ReadonlySet<number>;
  readonly lane: Orderly['lane'];
}

/**
 * Who comes before whom beyond references: a change of a resource follows what touched the resource before it. Only later
 * operations are made to wait, and never a POST, so that no circle can arise.
 */
const touchedBefore = (operations: readonly Orderly[]): readonly (readonly number[])[] => {
  const touches = new Map<string, number[]>();
  return operations.map(({ target, mentions }, index) => {
    for (const id of mentions) {
      const touching = touches.get(id);
      if (touching) touching.push(index);
      else touches.set(id, [index]);
    }
    if (target === null) return [];
    const before = touches.get(target) ?? [];
    touches.set(target, [index]);
    return before;
  });
};

/** Nodes 0 to n-1 run the operations, the rest close the circles. */
const nodesOf = (operations: readonly Orderly[], circles: Circles): readonly Node[] => {
  const { circleOf } = circles;
  const endOf = (index: number): number => {
    const circle = circleOf.get(index);
    return circle === undefined ? index : operations.length + circle;
  };
  const touched = touchedBefore(operations);
  const runs = operations.map(({ needs, lane }, index): Node => {
    const circle = circleOf.get(index);
    const after = new Set((touched[index] ?? []).map(endOf));
    for (const need of needs) {
      // Outside of a circle nobody sees it half made; inside of it what closes it is added when it is closed (§3.7.1).
      if (circle === undefined || circle !== circleOf.get(need)) after.add(endOf(need));
      else if (!circles.waiting.get(index)?.has(need)) after.add(need);
    }
    return { step: { kind: 'run', index }, after, lane: circle === undefined ? lane : null };
  });
  const closes = circles.circles.map(
    (circle): Node => ({ step: { kind: 'close', circle }, after: new Set(circle), lane: null }),
  );
  return [...runs, ...closes];
};

/** The first of those that may run; to close a circle goes before anything else. */
const takeFirst = (ready: Set<number>, operations: number): number | undefined => {
  let first: number | undefined;
  for (const node of ready) {
    if (first === undefined || node >= operations || (first < operations && node < first)) first = node;
  }
  if (first !== undefined) ready.delete(first);
  return first;
};

/** Nodes in an order in which each follows those that it must come after. */
const sorted = (nodes: readonly Node[], operations: number): readonly number[] => {
  const left = nodes.map(({ after }) => new Set(after));
  const followers = nodes.map((): number[] => []);
  for (const [node, { after }] of nodes.entries()) for (const before of after) followers[before]?.push(node);
  const ready = new Set(left.flatMap((before, node) => (before.size === 0 ? [node] : [])));
  const order: number[] = [];
  for (let node = takeFirst(ready, operations); node !== undefined; node = takeFirst(ready, operations)) {
    order.push(node);
    for (const follower of followers[node] ?? []) {
      left[follower]?.delete(node);
      if (left[follower]?.size === 0) ready.add(follower);
    }
  }
  return order;
};

interface Wave {
  readonly steps: Step[];
  readonly members: Set<number>;
  readonly kind: string;
  readonly keys: Set<string>;
}

const fits = (wave: Wave, { lane, after }: Node): boolean =>
  lane !== null &&
  lane.kind === wave.kind &&
  !wave.keys.has(lane.key) &&
  ![...after].some((before) => wave.members.has(before));

/** The steps in order, cut into waves: those of one wave may run side by side, in the order given. */
export const wavesOf = (operations: readonly Orderly[], circles: Circles): readonly (readonly Step[])[] => {
  const nodes = nodesOf(operations, circles);
  const waves: Wave[] = [];
  for (const number of sorted(nodes, operations.length)) {
    const node = nodes[number];
    if (!node) continue;
    let wave = waves.at(-1);
    if (!wave || !fits(wave, node)) {
      wave = { steps: [], members: new Set(), kind: node.lane?.kind ?? '', keys: new Set() };
      waves.push(wave);
    }
    wave.steps.push(node.step);
    wave.members.add(number);
    if (node.lane) wave.keys.add(node.lane.key);
  }
  return waves.map(({ steps }) => steps);
};
