/** One request as it was sent and answered, and how assertions and captures read from it. */

export interface Exchange {
  readonly method: string;
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly elapsedMs: number;
}

const TIME_LIMIT_MS = 30_000;

export interface Sent {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  readonly body: string | undefined;
}

/** Sends a request and reads the whole answer; redirections are answers too. */
export const send = async ({ method, url, headers, body }: Sent): Promise<Exchange> => {
  const startedAt = performance.now();
  const signal = AbortSignal.timeout(TIME_LIMIT_MS);
  const init = { method, headers, signal, redirect: 'manual' as const };
  const response = await fetch(url, body === undefined ? init : { ...init, body });
  const text = await response.text();
  const elapsedMs = performance.now() - startedAt;
  return { method, url, status: response.status, headers: response.headers, text, elapsedMs };
};

/** Follows `Resources[0].name.familyName`, also `a["b c"]`; undefined where nothing is there. */
export const follow = (value: unknown, path: string): unknown => {
  const steps = path.matchAll(/\[(\d+)\]|\["([^"]+)"\]|([^.[\]]+)/g);
  let found: unknown = value;
  for (const [, index, quoted, name] of steps) {
    const key = index ?? quoted ?? name ?? '';
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) return undefined;
    found = (found as Record<string, unknown>)[key];
  }
  return found;
};

const json = (exchange: Exchange): unknown => {
  try {
    return JSON.parse(exchange.text);
  } catch {
    throw new Error(`the body is no JSON: ${exchange.text.slice(0, 200)}`);
  }
};

type Source = (exchange: Exchange, property: string) => unknown;

const SOURCES: Readonly<Record<string, Source>> = {
  response_status: ({ status }) => status,
  response_json: (exchange, property) =>
    property === '' ? json(exchange) : follow(json(exchange), property),
  response_time: ({ elapsedMs }) => elapsedMs,
  response_headers: ({ headers }, property) => headers.get(property) ?? undefined,
  response_text: ({ text }) => text,
  response_size: ({ text }) => Buffer.byteLength(text),
};

/** Reads what an assertion or a capture is about; throws for a source that is not known. */
export const readSource = (
  exchange: Exchange,
  source: string,
  property: string | null | undefined,
): unknown => {
  const read = Object.hasOwn(SOURCES, source) ? SOURCES[source] : undefined;
  if (!read) throw new Error(`the source "${source}" is not known to this interpreter`);
  return read(exchange, property ?? '');
};
