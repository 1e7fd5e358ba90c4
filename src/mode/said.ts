/**
 * Mode's own words in a failed answer, as one safe line: `{"id","message"}` (mode-api.md §2, CONFIRMED-O), a Rails-style
 * nested message (REPORTED), or `detail` of a SCIM error (RFC 7644 §3.12). Anything else (a proxy's HTML page) says nothing.
 */

const LONGEST = 300;
const DEEPEST = 4;

const flatten = (value: unknown, depth = 0): string[] => {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null || depth >= DEEPEST) return [];
  if (Array.isArray(value)) return value.flatMap((one) => flatten(one, depth + 1));
  return Object.entries(value).flatMap(([field, inner]) =>
    flatten(inner, depth + 1).map((text) => `${field} ${text}`),
  );
};

const messageIn = (body: string): unknown => {
  try {
    const json: unknown = JSON.parse(body);
    if (typeof json !== 'object' || json === null) return undefined;
    const { message, detail, errors, error } = json as Readonly<Record<string, unknown>>;
    return message ?? detail ?? errors ?? error;
  } catch {
    return undefined;
  }
};

/** Gives what Mode says, with every secret taken out, control characters made spaces and the length bounded. */
export const saidIn = (body: string, secrets: readonly string[]): string => {
  const text = flatten(messageIn(body)).join('; ');
  const safe = secrets.reduce((rest, secret) => rest.replaceAll(secret, '[redacted]'), text);
  const line = safe.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim();
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
};
