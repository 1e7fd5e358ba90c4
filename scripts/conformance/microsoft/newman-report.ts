/** What newman's JSON reporter writes, as far as a verdict needs it. */
import { z } from 'zod';

const SHOWN_BODY = 1000;

const errorSchema = z.looseObject({ name: z.string().optional(), message: z.string().optional() });

const streamSchema = z.looseObject({ data: z.array(z.number()) });

const executionSchema = z.looseObject({
  item: z.looseObject({ name: z.string() }),
  request: z.looseObject({
    method: z.string(),
    url: z.looseObject({
      path: z.array(z.string()).default([]),
      query: z.array(z.looseObject({ key: z.string().nullish(), value: z.string().nullish() })).default([]),
    }),
    body: z.looseObject({ raw: z.string().optional() }).optional(),
  }),
  response: z.looseObject({ code: z.number(), stream: streamSchema.optional() }).optional(),
  requestError: errorSchema.optional(),
  assertions: z.array(z.looseObject({ assertion: z.string(), error: errorSchema.optional() })).default([]),
  testScript: z.array(z.looseObject({ error: errorSchema.optional() })).default([]),
});

const reportSchema = z.looseObject({ run: z.looseObject({ executions: z.array(executionSchema) }) });

type Execution = z.infer<typeof executionSchema>;

export interface NewmanRun {
  readonly passed: number;
  readonly requests: number;
  /** One text for each request on which something failed. */
  readonly failures: readonly string[];
}

const requestOf = ({ request: { method, url, body } }: Execution): string => {
  const query = url.query.map(({ key, value }) => `${key}=${value}`).join('&');
  const sent = body?.raw ? ` ${body.raw.replace(/\s+/g, ' ').slice(0, SHOWN_BODY)}` : '';
  return `${method} /${url.path.join('/')}${query === '' ? '' : `?${query}`}${sent}`;
};

const answerOf = ({ response, requestError }: Execution): string => {
  if (!response) return `not answered: ${requestError?.message ?? 'no reason given'}`;
  const body = Buffer.from(response.stream?.data ?? []).toString('utf8');
  return `answer: ${response.code} ${body.slice(0, SHOWN_BODY)}`;
};

/** What failed on one request: assertions, and scripts that broke off. */
const complaintsOf = ({ assertions, testScript, requestError }: Execution): string[] => [
  ...assertions.flatMap(({ assertion, error }) => (error ? [`${assertion}: ${error.message}`] : [])),
  ...testScript.flatMap(({ error }) => (error ? [`the script broke off: ${error.message}`] : [])),
  ...(requestError ? [`the request failed: ${requestError.message}`] : []),
];

/** Reads the report. */
export const readNewmanReport = (text: string): NewmanRun => {
  const { executions } = reportSchema.parse(JSON.parse(text)).run;
  const passed = executions.flatMap(({ assertions }) => assertions).filter(({ error }) => !error).length;
  const failures = executions.flatMap((execution) => {
    const complaints = complaintsOf(execution);
    if (complaints.length === 0) return [];
    return [[execution.item.name, ...complaints, requestOf(execution), answerOf(execution)].join('\n  ')];
  });
  return { passed, requests: executions.length, failures };
};
