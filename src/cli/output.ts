/** What commands print: text for people, JSON for programs; results to standard output, everything else to the log. */
import { AppError } from '../errors.ts';

/** One line. Names in it were chosen by others: what could steer a terminal is shown as "?". */
export const print = (line: string): void => {
  process.stdout.write(`${line.replace(/\p{Cc}/gu, '?')}\n`);
};

export const printJson = (value: unknown): void => print(JSON.stringify(value));

/** Rows as aligned columns under their headings; cells that are null stay empty. */
export const printTable = (
  headings: readonly string[],
  rows: readonly (readonly (string | null)[])[],
): void => {
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => (row[column] ?? '').length)),
  );
  const line = (cells: readonly (string | null)[]) =>
    cells
      .map((cell, column) => (cell ?? '').padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  print(line(headings));
  for (const row of rows) print(line(row));
};

/** An error in words, with what lies behind it: whoever reads this has nothing else to go by. */
export const inWords = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  let inner: Error = error;
  while (inner.cause instanceof Error) inner = inner.cause;
  const code = (inner as NodeJS.ErrnoException).code;
  const deepest = inner.message === '' ? (code ?? inner.name) : inner.message;
  return inner === error || deepest === error.message ? deepest : `${error.message} (${deepest})`;
};

/** What a person reads when a command fails: one line that names remedy and cause; a bug shows its stack. */
export const printFailure = (error: unknown, of = 'mode-scim-bridge'): void => {
  const text =
    error instanceof AppError ? inWords(error) : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`${of}: ${text}\n`);
};
