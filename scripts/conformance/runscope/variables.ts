/** Runscope variables: `{{name}}` in addresses, headers, bodies and expected values. */

export interface Variables {
  readonly get: (name: string) => string | undefined;
  readonly set: (name: string, value: unknown) => void;
  /** Puts values in place of `{{…}}`; throws for a variable that has none. */
  readonly fill: (text: string) => string;
}

/** Holds the variables of one run. */
export const createVariables = (initial: Readonly<Record<string, string>>): Variables => {
  const values = new Map(Object.entries(initial));
  return {
    get: (name) => values.get(name),
    set: (name, value) => {
      values.set(name, typeof value === 'string' ? value : JSON.stringify(value));
    },
    fill: (text) =>
      text.replace(/\{\{\s*([\w-]+)\s*\}\}/g, (_whole, name: string) => {
        const value = values.get(name);
        if (value === undefined) throw new Error(`the variable {{${name}}} has no value`);
        return value;
      }),
  };
};
