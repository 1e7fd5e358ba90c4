/** Plays one flow of test/idp against a bridge and throws at the first step whose answer is not the expected one. */
import { issueToken } from '../../../src/security/tokens.ts';
import { type Bridge, until } from '../../support/bridge.ts';
import { differences } from './compare.ts';
import type { Expected, Flow, ModeState, RequestStep, Wish } from './flow.ts';
import { badManners } from './manners.ts';
import { at, fill, fillText } from './variables.ts';
import { type Answer, send } from './wire.ts';

const BASE_PATH = '/scim/v2';
const MODE_USER = 'urn:ietf:params:scim:schemas:extension:mode:2.0:User';
const LONG_AGO = '2026-01-01T00:00:00.000Z';

interface Play {
  readonly bridge: Bridge;
  readonly flow: Flow;
  readonly connectionId: string;
  /** Of tokens that the flow issued, to revoke them. */
  readonly tokenIds: Map<string, string>;
  readonly variables: Map<string, unknown>;
  readonly texts: string[];
}

let connections = 0;

const newConnection = (bridge: Bridge, flow?: Flow) => {
  connections += 1;
  const options = { strict: flow?.strict ?? false, wayIn: flow?.wayIn ?? 'invite' } as const;
  return bridge.addConnection(`flow${connections}`, options);
};

const setUp = async (bridge: Bridge, flow: Flow): Promise<Play> => {
  const own = flow.strict ?? flow.wayIn ?? flow.directory;
  const { connection, token } = own === undefined ? bridge : await newConnection(bridge, flow);
  const other = await newConnection(bridge);
  const variables = new Map<string, unknown>([
    ['TOKEN', token],
    ['OTHER_TOKEN', other.token],
    ['BASE', `${bridge.server.publicUrl}${BASE_PATH}`],
  ]);
  return { bridge, flow, connectionId: connection.id, tokenIds: new Map(), variables, texts: [] };
};

/** Later ones win, whatever the letters of the name; null takes one away. */
const mergeHeaders = (...layers: readonly (Readonly<Record<string, string | null>> | undefined)[]) => {
  const merged = new Map<string, readonly [string, string | null]>();
  for (const layer of layers)
    for (const [name, value] of Object.entries(layer ?? {})) merged.set(name.toLowerCase(), [name, value]);
  return Object.fromEntries(
    [...merged.values()].filter((entry): entry is [string, string] => entry[1] !== null),
  );
};

const bodyOf = ({ body, onto }: Wish, variables: Play['variables']): string | undefined => {
  if (body === undefined && onto === undefined) return undefined;
  const filled = fill(body ?? {}, variables);
  if (typeof filled === 'string') return filled;
  const base = onto === undefined ? {} : (variables.get(onto) as object);
  return JSON.stringify(onto === undefined ? filled : { ...base, ...(filled as object) });
};

const ask = (play: Play, wish: Wish): Promise<Answer> => {
  const { bridge, flow, variables } = play;
  const body = bodyOf(wish, variables);
  const standard = {
    Authorization: 'Bearer {{TOKEN}}',
    ...(body === undefined ? {} : { 'Content-Type': 'application/scim+json' }),
  };
  const headers = mergeHeaders(standard, flow.headers, wish.headers);
  return send(bridge.server.url, {
    method: wish.method,
    path: BASE_PATH + fillText(wish.path, variables),
    headers: fill(headers, variables) as Record<string, string>,
    body,
    gzip: wish.gzip ?? false,
  });
};

const compareHeaders = (expected: Expected, headers: Headers, variables: Play['variables']) =>
  Object.entries(expected.headers ?? {}).flatMap(([name, wanted]) => {
    const actual = headers.get(name);
    if (wanted === null) return actual === null ? [] : [`header ${name} is there: ${actual}`];
    const filled = fillText(wanted, variables);
    const fits =
      filled.startsWith('/') && filled.endsWith('/')
        ? actual !== null && new RegExp(filled.slice(1, -1)).test(actual)
        : actual === filled;
    return fits ? [] : [`header ${name} is ${actual} instead of ${filled}`];
  });

const compareList = (expected: Expected, body: unknown, variables: Play['variables']) => {
  if (expected.listOf === undefined) return [];
  const resources = at(body, 'Resources');
  const ids = Array.isArray(resources) ? resources.map((row) => at(row, 'id')).sort() : resources;
  const wanted = (fill(expected.listOf, variables) as string[]).sort();
  return [
    ...differences(wanted, ids, 'ids'),
    ...differences(wanted.length, at(body, 'totalResults'), 'totalResults'),
  ];
};

const isProjected = ({ path }: Wish) => /[?&](excluded)?attributes=|\/\.search$/i.test(path);

const complaints = (play: Play, wish: Wish, expected: Expected, answer: Answer): readonly string[] => {
  const { variables } = play;
  const { status, body } = answer;
  return [
    ...(status === expected.status ? [] : [`status ${status} instead of ${expected.status}`]),
    ...(expected.scimType === undefined
      ? []
      : differences(expected.scimType, at(body, 'scimType'), 'scimType')),
    ...(expected.body === undefined ? [] : differences(fill(expected.body, variables), body)),
    ...(expected.absent ?? []).flatMap((path) =>
      at(body, fillText(path, variables)) === undefined ? [] : [`"${path}" is there`],
    ),
    ...(answer.ms <= (expected.withinMs ?? Number.POSITIVE_INFINITY) ? [] : [`took ${answer.ms} ms`]),
    ...compareHeaders(expected, answer.headers, variables),
    ...compareList(expected, body, variables),
    ...badManners(answer, isProjected(wish)),
  ];
};

interface Truth {
  readonly members: readonly {
    readonly email: string;
    readonly state: string;
    readonly memberToken: string;
  }[];
  readonly groups: readonly {
    readonly name: string;
    readonly state: string;
    readonly memberTokens: readonly string[];
  }[];
}

const peopleOf = ({ members, groups }: Truth, name: string): readonly string[] | null => {
  const group = groups.find((row) => row.name === name && row.state === 'active');
  if (!group) return null;
  const emails = new Map(members.map(({ memberToken, email }) => [memberToken, email]));
  return group.memberTokens.map((token) => emails.get(token) ?? token).sort();
};

const modeComplaints = async ({ bridge, variables }: Play, wanted: ModeState): Promise<readonly string[]> => {
  const truth = (await bridge.control('GET', '/state')).body as Truth;
  const { people = {}, groups = {} } = fill(wanted, variables) as ModeState;
  return [
    ...Object.entries(people).flatMap(([email, standing]) => {
      const person = truth.members.find((row) => row.email.toLowerCase() === email.toLowerCase());
      return differences(standing, person?.state ?? 'unknown', `Mode's ${email}`);
    }),
    ...Object.entries(groups).flatMap(([name, emails]) => {
      const actual = peopleOf(truth, name);
      return differences(emails === null ? null : [...emails].sort(), actual, `Mode's group ${name}`);
    }),
  ];
};

const fail = (wish: Wish, found: readonly string[], answers: readonly Answer[]): never => {
  const texts = answers.map(({ status, text }) => `${status} ${text.slice(0, 2_000)}`).join('\n');
  throw new Error(`${wish.method} ${wish.path}\n- ${found.join('\n- ')}\nThe answer: ${texts}`);
};

const keep = (step: RequestStep, body: unknown, variables: Play['variables']): readonly string[] =>
  Object.entries(step.keep ?? {}).flatMap(([name, path]) => {
    const value = at(body, path);
    if (value === undefined) return [`there is no "${path}" to keep`];
    variables.set(fillText(name, variables), value);
    return [];
  });

const sideEffects = async (play: Play, step: RequestStep, logFrom: number): Promise<readonly string[]> => {
  const { bridge, variables } = play;
  const log = bridge.logged.slice(logFrom).join('\n');
  const calls = step.calls === undefined ? undefined : await bridge.calls();
  return [
    ...(calls === undefined || calls.total === step.calls
      ? []
      : [`${calls.total} calls to Mode instead of ${step.calls}: ${JSON.stringify(calls.byRoute)}`]),
    ...(step.mode === undefined ? [] : await modeComplaints(play, step.mode)),
    ...(step.logged ?? [])
      .map((text) => fillText(text, variables))
      .flatMap((text) => (log.includes(text) ? [] : [`the log does not say ${text}`])),
  ];
};

const playOnce = async (play: Play, step: RequestStep): Promise<void> => {
  const { bridge, variables } = play;
  const logFrom = bridge.logged.length;
  if (step.calls !== undefined) await bridge.calls();
  const wishes = [step.request, ...(step.atOnce ?? [])];
  const answers = await Promise.all(wishes.map((wish) => ask(play, wish)));
  play.texts.push(...answers.map(({ text }) => text));
  const found = [
    ...keep(step, answers[0]?.body, variables),
    ...answers.flatMap((answer) => complaints(play, step.request, step.response, answer)),
    ...(await sideEffects(play, step, logFrom)),
  ];
  if (found.length > 0) fail(step.request, found, answers);
};

const playRequest = async (play: Play, step: RequestStep): Promise<void> => {
  for (let round = 1; round <= (step.times ?? 1); round += 1) {
    if (step.times !== undefined) play.variables.set('N', round);
    await playOnce(play, step);
  }
};

const joinMode = async (play: Play, emails: readonly string[], wanted: ModeState | undefined) => {
  const { bridge, connectionId } = play;
  if (connectionId !== bridge.connection.id)
    throw new Error('Mode tells its joiners to the first connection only');
  for (const email of emails) {
    await bridge.control('POST', '/join', { email });
    await until(`${email} is linked`, async () => {
      const { body } = await bridge.scim(
        'GET',
        `/Users?filter=emails.value eq "${email}" or userName eq "${email}"`,
      );
      return body.Resources[0]?.[MODE_USER]?.state === 'active';
    });
  }
  await until('nothing is owed to Mode', async () => {
    return (await bridge.deps.store.unsettled.list(connectionId)).length === 0;
  });
  const found = wanted === undefined ? [] : await modeComplaints(play, wanted);
  if (found.length > 0) throw new Error(`after ${emails.join(', ')} joined:\n- ${found.join('\n- ')}`);
};

const editMode = async ({ bridge, variables }: Play, edits: object): Promise<void> => {
  const { status, body } = await bridge.control('POST', '/edit', fill(edits, variables));
  if (status !== 200) throw new Error(`the edit is refused: ${JSON.stringify(body)}`);
};

const issue = async (play: Play, name: string, expired: boolean): Promise<void> => {
  const { bridge, connectionId } = play;
  const wish = { kind: 'scim', connectionId, label: name, expiresAt: expired ? LONG_AGO : null } as const;
  const { token, record } = await issueToken(bridge.deps, wish);
  play.variables.set(name, token);
  play.tokenIds.set(name, record.id);
};

const revoke = async ({ bridge, tokenIds }: Play, name: string): Promise<void> => {
  const id = tokenIds.get(name);
  if (id === undefined) throw new Error(`no token was issued as ${name}`);
  await bridge.deps.store.tokens.revoke(id, new Date().toISOString());
};

const playStep = (play: Play, step: Flow['steps'][number]): Promise<void> => {
  if ('request' in step) return playRequest(play, step);
  if ('joins' in step) return joinMode(play, step.joins, step.mode);
  if ('edits' in step) return editMode(play, step.edits);
  if ('issues' in step) return issue(play, step.issues, step.expired ?? false);
  return revoke(play, step.revokes);
};

const numbered = (index: number, error: unknown): Error =>
  new Error(`step ${index + 1}: ${error instanceof Error ? error.message : String(error)}`);

/** No token and no secret of the flow may stand in an answer or in the log. */
const checkSecrets = ({ bridge, flow, variables, texts }: Play, logFrom: number): void => {
  const tokens = [...variables].filter(([name]) => name.endsWith('TOKEN')).map(([, value]) => String(value));
  const everywhere = [...texts, ...bridge.logged.slice(logFrom)].join('\n');
  const told = [...tokens, ...(flow.secrets ?? [])].filter((secret) => everywhere.includes(secret));
  if (told.length > 0) throw new Error(`told in an answer or in the log: ${told.join(', ')}`);
};

/** Plays a flow. Throws with the number of the step, what differs, and the answer. */
export const playFlow = async (bridge: Bridge, flow: Flow): Promise<void> => {
  const logFrom = bridge.logged.length;
  const play = await setUp(bridge, flow);
  for (const [index, step] of flow.steps.entries()) {
    await playStep(play, step).catch((error: unknown) => Promise.reject(numbered(index, error)));
  }
  checkSecrets(play, logFrom);
};
