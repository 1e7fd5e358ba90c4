/** Writes a filter as text (RFC 7644 §3.4.2.2) in one of the many ways that mean the same, and brings trees to one form. */
import type { AttributeRef, Filter } from '../../../src/directory/query.ts';
import { userSchema } from '../../../src/directory/schema.ts';

/** Gives small whole numbers, always the same ones for the same seed: which of several spellings to take. */
export const choices = (seed: number): ((below: number) => number) => {
  let state = (seed | 0) ^ 0x9e3779b9;
  return (below) => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d);
    state = Math.imul(state ^ (state >>> 12), 0x297a2d39) + 0x6d2b79f5;
    return ((state ^ (state >>> 14)) >>> 0) % below;
  };
};

type Choose = ReturnType<typeof choices>;

const shout = (name: string, choose: Choose): string => {
  const kind = choose(6);
  if (kind === 0) return name.toUpperCase();
  return kind === 1 ? name.toLowerCase() : name;
};

const isCore = (path: string): boolean =>
  userSchema.core.attributes.some(({ name }) => path === name || path.startsWith(`${name}.`));

const named = ({ path }: AttributeRef, choose: Choose): string => {
  const whole = isCore(path) && choose(4) === 0 ? `${userSchema.core.id}:${path}` : path;
  return shout(whole, choose);
};

const asEscape = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

const escaped = (text: string, choose: Choose): string => {
  const inside = JSON.stringify(text).slice(1, -1);
  return inside.includes('\\')
    ? inside
    : inside.replace(/[a-z]/g, (character) => (choose(12) === 0 ? asEscape(character) : character));
};

const instant = (iso: string, choose: Choose): string =>
  [iso, iso.replace('Z', '+00:00'), iso.replace('Z', '-00:00'), iso.replace('T', 't').replace('Z', 'z')][
    choose(4)
  ] ?? iso;

const literal = (value: string | boolean | null, { type }: AttributeRef, choose: Choose): string => {
  if (typeof value !== 'string') return String(value);
  return `"${type === 'dateTime' ? instant(value, choose) : escaped(value, choose)}"`;
};

const gap = (choose: Choose): string => (choose(5) === 0 ? '  ' : ' ');

interface Style {
  readonly choose: Choose;
  /** Whose elements are being asked about: their paths are written from there. */
  readonly parent: string | null;
}

const nameOf = (attribute: AttributeRef, { choose, parent }: Style): string =>
  parent === null ? named(attribute, choose) : shout(attribute.path.slice(parent.length + 1), choose);

const grouped = (filter: Filter, style: Style): string => {
  const pad = style.choose(4) === 0 ? ' ' : '';
  return `(${pad}${written(filter, style)}${pad})`;
};

/** Of `or` in `and` the brackets are needed; elsewhere they are a matter of taste. */
const operand = (filter: Filter, parentOp: 'and' | 'or', style: Style): string => {
  const needed = parentOp === 'and' && filter.op === 'or';
  return needed || style.choose(5) === 0 ? grouped(filter, style) : written(filter, style);
};

const element = (filter: Extract<Filter, { op: 'element' }>, { choose }: Style): string => {
  const { attribute, of } = filter;
  const inside: Style = { choose, parent: attribute.path };
  const last = of.op === 'and' ? of.of.at(-1) : undefined;
  const first = of.op === 'and' ? of.of.slice(0, -1) : [];
  // Entra's way: emails[type eq "work"].value eq "x" (idp-clients.md T057).
  if (last !== undefined && 'attribute' in last && last.op !== 'element' && choose(2) === 0) {
    const [only] = first;
    const condition: Filter = first.length === 1 && only ? only : { op: 'and', of: first };
    return `${named(attribute, choose)}[${written(condition, inside)}].${written(last, inside)}`;
  }
  return `${named(attribute, choose)}[${written(of, inside)}]`;
};

const written = (filter: Filter, style: Style): string => {
  const { choose } = style;
  switch (filter.op) {
    case 'and':
    case 'or': {
      const op = filter.op;
      return filter.of
        .map((part) => operand(part, op, style))
        .join(`${gap(choose)}${shout(op, choose)}${gap(choose)}`);
    }
    case 'not':
      return `${shout('not', choose)}${choose(2) === 0 ? '' : ' '}${grouped(filter.of, style)}`;
    case 'pr':
      return `${nameOf(filter.attribute, style)}${gap(choose)}${shout('pr', choose)}`;
    case 'element':
      return element(filter, style);
    default:
      return [
        nameOf(filter.attribute, style),
        shout(filter.op, choose),
        literal(filter.value, filter.attribute, choose),
      ].join(gap(choose));
  }
};

/** The filter as text; `seed` decides about letter case, URNs, blanks, brackets and escapes. */
export const printFilter = (filter: Filter, seed: number): string =>
  written(filter, { choose: choices(seed), parent: null });

const flat = (op: 'and' | 'or', of: readonly Filter[]): Filter => {
  const parts = of
    .map(normal)
    .flatMap((part) => (part.op === op ? (part as { of: readonly Filter[] }).of : [part]));
  const [only] = parts;
  return parts.length === 1 && only ? only : { op, of: parts };
};

/** The same filter with nests of one operator flattened: two that mean the same have the same form. */
export const normal = (filter: Filter): Filter => {
  if (filter.op === 'and' || filter.op === 'or') return flat(filter.op, filter.of);
  if (filter.op === 'not') return { op: 'not', of: normal(filter.of) };
  if (filter.op === 'element') return { ...filter, of: normal(filter.of) };
  return filter;
};
