/** `{{NAME}}` in the files of test/idp: what earlier answers gave, written into later requests and expectations. */
export type Variables = ReadonlyMap<string, unknown>;

const WHOLE = /^\{\{([A-Z][A-Z0-9_]*)\}\}$/;
const PART = /\{\{(?:repeat (\d+) ([^}]+)|([A-Z][A-Z0-9_]*))\}\}/g;

const lookUp = (variables: Variables, name: string): unknown => {
  if (!variables.has(name)) throw new Error(`no earlier step kept {{${name}}}`);
  return variables.get(name);
};

/** A text with its variables filled in; the innermost first, so that `{{MEMBER_{{N}}}}` works. */
export const fillText = (text: string, variables: Variables): string => {
  const inner = text.replaceAll('{{N}}', String(variables.get('N') ?? '{{N}}'));
  return inner.replace(PART, (_all, count?: string, repeated?: string, name?: string) =>
    name === undefined ? String(repeated).repeat(Number(count)) : String(lookUp(variables, name)),
  );
};

interface Repeat {
  readonly $repeat: number;
  readonly of: unknown;
}

const isRepeat = (value: unknown): value is Repeat =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, '$repeat');

const fillList = (list: readonly unknown[], variables: Variables): unknown[] =>
  list.flatMap((element) => {
    if (!isRepeat(element)) return [fill(element, variables)];
    return Array.from({ length: element.$repeat }, (_none, index) =>
      fill(element.of, new Map([...variables, ['N', index + 1]])),
    );
  });

/** A JSON value with its variables filled in; a text that is nothing but a variable becomes its value. */
export const fill = (value: unknown, variables: Variables): unknown => {
  if (typeof value === 'string') {
    const [, name] = WHOLE.exec(value) ?? [];
    return name === undefined || name === 'N' ? fillText(value, variables) : lookUp(variables, name);
  }
  if (Array.isArray(value)) return fillList(value, variables);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [fillText(key, variables), fill(inner, variables)]),
  );
};

/** The value at `Resources/0/id`; `.` is the whole. Undefined when there is none. */
export const at = (value: unknown, path: string): unknown =>
  path === '.'
    ? value
    : path
        .split('/')
        .reduce<unknown>(
          (inner, name) =>
            typeof inner === 'object' && inner !== null && Object.hasOwn(inner, name)
              ? (inner as Record<string, unknown>)[name]
              : undefined,
          value,
        );
