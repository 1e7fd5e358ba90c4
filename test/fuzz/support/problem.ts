/** What a property found to be wrong: a short name under which the same fault is told once, and the particulars. */
export interface Problem {
  readonly what: string;
  readonly detail: string;
}

/** A value for a report: JSON with all that is invisible escaped, shortened in its middle. */
export const shown = (value: unknown, most = 1_500): string => {
  const text = JSON.stringify(value ?? null).replace(
    /[^\P{C}\p{Cn}]|[\u007f-\u00a0]/gu,
    (one) => `\\u{${one.codePointAt(0)?.toString(16)}}`,
  );
  const half = Math.floor(most / 2);
  return text.length <= most ? text : `${text.slice(0, half)} …${text.length - most}… ${text.slice(-half)}`;
};
