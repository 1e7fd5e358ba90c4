/** JSON as a tree that can say what JavaScript's objects cannot: one key twice, numbers beyond all measure, raw text. */
export type Tree =
  | { readonly kind: 'raw'; readonly text: string }
  | { readonly kind: 'list'; readonly of: readonly Tree[] }
  | { readonly kind: 'object'; readonly of: readonly (readonly [string, Tree])[] };

export const raw = (text: string): Tree => ({ kind: 'raw', text });

/** A value as a tree. */
export const plant = (value: unknown): Tree => {
  if (Array.isArray(value)) return { kind: 'list', of: value.map(plant) };
  if (typeof value !== 'object' || value === null) return raw(JSON.stringify(value ?? null));
  return { kind: 'object', of: Object.entries(value).map(([key, inner]) => [key, plant(inner)] as const) };
};

export const printTree = (tree: Tree): string => {
  if (tree.kind === 'raw') return tree.text;
  if (tree.kind === 'list') return `[${tree.of.map(printTree).join(',')}]`;
  return `{${tree.of.map(([key, inner]) => `${JSON.stringify(key)}:${printTree(inner)}`).join(',')}}`;
};

/** All nodes, the tree itself first. */
export const nodesOf = (tree: Tree): readonly Tree[] => {
  if (tree.kind === 'raw') return [tree];
  const inner = tree.kind === 'list' ? tree.of : tree.of.map(([, node]) => node);
  return [tree, ...inner.flatMap(nodesOf)];
};

/** A node with the key under which it stands; null where it stands in a list or alone. */
export interface Slot {
  readonly key: string | null;
  readonly node: Tree;
}

export type Change = (slot: Slot) => readonly Slot[];

const rewriteSlot = (slot: Slot, left: { count: number }, change: Change): readonly Slot[] => {
  left.count -= 1;
  if (left.count === -1) return change(slot);
  const { key, node } = slot;
  if (node.kind === 'raw' || left.count < -1) return [slot];
  if (node.kind === 'list') {
    const of = node.of.flatMap((one) => rewriteSlot({ key: null, node: one }, left, change));
    return [{ key, node: { kind: 'list', of: of.map((changed) => changed.node) } }];
  }
  const of = node.of.flatMap(([name, one]) => rewriteSlot({ key: name, node: one }, left, change));
  return [{ key, node: { kind: 'object', of: of.map((one) => [one.key ?? '', one.node] as const) } }];
};

/** The tree with its n-th node changed into none, one or several. */
export const rewrite = (tree: Tree, nth: number, change: Change): Tree =>
  rewriteSlot({ key: null, node: tree }, { count: nth }, change)[0]?.node ?? raw('null');
