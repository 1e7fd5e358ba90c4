/**
 * The part of the load in which several clients change the same few people and groups at the same time, so that nobody
 * knows the order. Any answer may come but 500; what must hold in the end is that SCIM and Mode agree.
 */
import type { Reply, ScimRequest } from './client.ts';
import type { Load } from './load.ts';

const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

const people = ['ann', 'bob', 'cid', 'dot', 'eve'].map((name) => `melee-${name}@acme.example`);
const groups = ['melee one', 'melee two'];

/** Whether a name is one of those. */
export const isOfMelee = (name: string): boolean => name.startsWith('melee');

const find = async ({ client }: Load, path: string, filter: string): Promise<string | undefined> => {
  const { body } = await client.read(`${path}?filter=${encodeURIComponent(filter)}`);
  return body.Resources?.[0]?.id;
};

const changed = (operation: object): object => ({ schemas: [PATCH], Operations: [operation] });

const onPerson = ({ random }: Load, key: string, id: string | undefined): ScimRequest => {
  const emails = [{ value: key, type: 'work', primary: true }];
  const isWanted = id === undefined || random.chance(0.6);
  if (id === undefined) return { method: 'POST', path: '/Users', body: { userName: key, emails } };
  const path = `/Users/${id}`;
  if (!isWanted && random.chance(0.25)) return { method: 'DELETE', path };
  const body = changed({ op: 'replace', path: 'active', value: isWanted });
  return { method: 'PATCH', path, body };
};

const onGroup = async (load: Load, name: string, id: string | undefined): Promise<ScimRequest> => {
  const { random } = load;
  const found: (string | undefined)[] = [];
  for (const key of random.some(people, 3)) found.push(await find(load, '/Users', `userName eq "${key}"`));
  const members = found.flatMap((value) => (value === undefined ? [] : [{ value }]));
  if (id === undefined) return { method: 'POST', path: '/Groups', body: { displayName: name, members } };
  const path = `/Groups/${id}`;
  if (random.chance(0.05)) return { method: 'DELETE', path };
  if (random.chance(0.2)) return { method: 'PUT', path, body: { displayName: name, members } };
  const op = random.pick(['add', 'remove']);
  return { method: 'PATCH', path, body: changed({ op, path: 'members', value: members }) };
};

const isRemoval = ({ method, path, body }: ScimRequest): boolean =>
  path.startsWith('/Users/') && (method === 'DELETE' || JSON.stringify(body).includes('"value":false'));

/** Counts what each attempt of a request wishes. */
const createCount = ({ invitations }: Load, email: string, scim: ScimRequest): (() => void) => {
  let attempts = 0;
  return () => {
    attempts += 1;
    if (isRemoval(scim)) invitations.unwanted(email);
    else if (attempts === 1) invitations.wanted(email);
    else invitations.wantedStill(email);
  };
};

const judge = ({ history }: Load, { method, path }: ScimRequest, reply: Reply | undefined): void => {
  if (reply && reply.status >= 500 && reply.status !== 503)
    history.problem(`${method} ${path} was answered ${reply.status}`, []);
};

const join = async ({ world, history, tally }: Load, email: string): Promise<void> => {
  const { body } = await world.control('GET', '/state');
  const member = body.members.find((one: { email: string }) => one.email === email);
  if (member?.state !== 'pending') return;
  const { status } = await world.control('POST', '/join', { email });
  history.note(`${email} joins Mode: ${status}`);
  tally.joins += 1;
};

/** One step of one client in it. */
export const actInMelee = async (load: Load): Promise<void> => {
  const { random, client } = load;
  if (random.chance(0.15)) return join(load, random.pick(people));
  const isAboutPerson = random.chance(0.6);
  const name = random.pick(isAboutPerson ? people : groups);
  const id = isAboutPerson
    ? await find(load, '/Users', `userName eq "${name}"`)
    : await find(load, '/Groups', `displayName eq "${name}"`);
  const scim = isAboutPerson ? onPerson(load, name, id) : await onGroup(load, name, id);
  const { reply } = await client.send(scim, isAboutPerson ? createCount(load, name, scim) : undefined);
  // An invitation for another client may have gone out since this one asked for the opposite.
  if (isRemoval(scim)) load.invitations.unwanted(name);
  judge(load, scim, reply);
};
