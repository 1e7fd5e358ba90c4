/**
 * The shape of a Runscope test export, as far as it is interpreted. What is outside of it (forms, multipart bodies,
 * conditions, subtests) is refused while reading, because a step that is not understood must not look passed.
 */
import { z } from 'zod';

const assertionSchema = z.strictObject({
  comparison: z.string(),
  source: z.string(),
  property: z.string().nullish(),
  value: z.union([z.string(), z.number(), z.boolean()]).nullish(),
});

const variableSchema = z.strictObject({
  name: z.string(),
  source: z.string(),
  property: z.string().nullish(),
});

const nothing = z.union([z.null(), z.record(z.string(), z.never()), z.array(z.never())]).optional();

const requestSchema = z.strictObject({
  step_type: z.literal('request'),
  skipped: z.boolean().default(false),
  note: z.string().default(''),
  method: z.string(),
  url: z.string(),
  headers: z.record(z.string(), z.array(z.string())).default({}),
  body: z.string().nullish(),
  assertions: z.array(assertionSchema).nullish(),
  variables: z.array(variableSchema).nullish(),
  scripts: z.array(z.string()).nullish(),
  before_scripts: z.array(z.string()).nullish(),
  auth: nothing,
  form: nothing,
  multipart_form: nothing,
  binary_body: nothing,
});

const pauseSchema = z.object({ step_type: z.literal('pause'), duration: z.number() });

const suiteSchema = z.object({
  name: z.string(),
  steps: z.array(z.discriminatedUnion('step_type', [requestSchema, pauseSchema])),
});

export type Assertion = z.infer<typeof assertionSchema>;
export type Capture = z.infer<typeof variableSchema>;
export type RequestStep = z.infer<typeof requestSchema>;
export type Suite = z.infer<typeof suiteSchema>;

/** Reads an export; throws where it holds what is not interpreted here. */
export const readSuite = (text: string): Suite => {
  const result = suiteSchema.safeParse(JSON.parse(text));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new Error(`The suite cannot be interpreted at ${issue?.path.join('.')}: ${issue?.message}`);
};
