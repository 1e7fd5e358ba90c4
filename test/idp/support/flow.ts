/** The files of test/idp: what may stand in them, and how they are read. Documented for people in replay.test.ts. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const headers = z.record(z.string(), z.string().nullable());

const request = z.strictObject({
  method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']),
  path: z.string().startsWith('/'),
  headers: headers.optional(),
  body: z.unknown().optional(),
  onto: z.string().optional(),
  gzip: z.literal(true).optional(),
});

const response = z.strictObject({
  status: z.int(),
  headers: z.record(z.string(), z.string().nullable()).optional(),
  body: z.unknown().optional(),
  absent: z.array(z.string()).optional(),
  listOf: z.array(z.string()).optional(),
  scimType: z.string().optional(),
  withinMs: z.int().optional(),
});

const mode = z.strictObject({
  people: z.record(z.string(), z.enum(['pending', 'active', 'former', 'unknown'])).optional(),
  groups: z.record(z.string(), z.array(z.string()).nullable()).optional(),
});

const requestStep = z.strictObject({
  note: z.string().optional(),
  request,
  atOnce: z.array(request).optional(),
  times: z.int().optional(),
  response,
  keep: z.record(z.string().regex(/^[A-Z][A-Z0-9_{}]*$/), z.string()).optional(),
  calls: z.int().optional(),
  mode: mode.optional(),
  logged: z.array(z.string()).optional(),
});

const joinStep = z.strictObject({ joins: z.array(z.string()).min(1), mode: mode.optional() });
const editStep = z.strictObject({ edits: z.record(z.string(), z.unknown()) });
const issueStep = z.strictObject({ issues: z.string(), expired: z.literal(true).optional() });
const revokeStep = z.strictObject({ revokes: z.string() });

export const flowSchema = z.strictObject({
  client: z.string(),
  title: z.string().min(10),
  source: z.string().min(3),
  note: z.string().optional(),
  proves: z.array(z.string().regex(/^[TX]\d{2,3}$/)),
  strict: z.literal(true).optional(),
  wayIn: z.literal('jit').optional(),
  directory: z.literal('empty').optional(),
  headers: headers.optional(),
  secrets: z.array(z.string()).optional(),
  steps: z.array(z.union([requestStep, joinStep, editStep, issueStep, revokeStep])).min(1),
});

export type Flow = z.infer<typeof flowSchema>;
export type RequestStep = z.infer<typeof requestStep>;
export type Wish = z.infer<typeof request>;
export type Expected = z.infer<typeof response>;
export type ModeState = z.infer<typeof mode>;

/** A flow with the name of its file. */
export interface NamedFlow {
  readonly file: string;
  readonly flow: Flow;
}

const readFlow = (path: string): Flow => {
  const parsed = flowSchema.safeParse(JSON.parse(readFileSync(path, 'utf8')));
  if (!parsed.success) throw new Error(`${path}: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
};

/** All flows of one folder, in the order of their names. */
export const readFlows = (folder: string): readonly NamedFlow[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => ({ file, flow: readFlow(join(folder, file)) }));

/** The folders of flows: one for each client; `_wrong` and `support` are none. */
export const clientFolders = (root: string): readonly string[] =>
  readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('_') && entry.name !== 'support')
    .map(({ name }) => name)
    .sort();
