/**
 * A whole bridge to be shot at: two connections with people and groups that may be hit (one tolerant, one strict), each
 * beside witnesses that came from Mode, and a third connection where nothing may happen at all.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Connection } from '../../../src/directory/model.ts';
import { fullSync } from '../../../src/directory/sync/sync.ts';
import { type Bridge, startBridge } from '../../support/bridge.ts';
import { openWire, type Reply, type Wire } from './wire.ts';
import { type Bystanders, openTables, type Tables } from './witnesses.ts';

export const SCIM = '/scim/v2';
const PEOPLE = 3;
const GROUPS = 2;

/** A connection that is shot at. */
export interface Range {
  readonly connection: Connection;
  readonly token: string;
  /** Ids of those who may be hit; somebody new takes the place of who was deleted. */
  readonly people: string[];
  readonly groups: string[];
  readonly bystanders: ReadonlySet<string>;
  readonly cursor: string;
}

export interface World {
  readonly bridge: Bridge;
  readonly wire: Wire;
  /** To the emulated Mode. */
  readonly mode: Wire;
  readonly tables: Tables;
  readonly tolerant: Range;
  readonly strict: Range;
  readonly bystanders: Bystanders;
  /** What a witness is called, to be used by others. */
  readonly witness: {
    readonly id: string;
    readonly name: string;
    readonly mail: string;
    readonly group: string;
  };
  readonly witnessGroupId: string;
  ask(token: string, method: string, path: string, body?: unknown): Promise<Reply>;
  /** Gives the victims their places again, after some were deleted or outgrew all measure. */
  restock(): Promise<void>;
  stop(): Promise<void>;
}

type Ask = World['ask'];
const LATER_MS = 60_000;
const LARGEST_VICTIM = 30_000;

const asking =
  (wire: Wire): Ask =>
  (token, method, path, body) => {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const type = text === undefined ? {} : { 'Content-Type': 'application/scim+json' };
    return wire.send({
      method,
      path: SCIM + path,
      headers: { Authorization: `Bearer ${token}`, ...type },
      body: text,
    });
  };

let made = 0;

/** The name by which the person in that place can be taken for somebody else's. */
const nameOf = (place: number, serial: number): string => `victim${place}-${serial}@fuzz.example`;

const create = async (ask: Ask, token: string, kind: 'Users' | 'Groups', place: number): Promise<string> => {
  made += 1;
  const name = nameOf(place, made);
  const body =
    kind === 'Users'
      ? { userName: name, active: place !== 2, emails: [{ value: name, type: 'work', primary: true }] }
      : { displayName: `Group ${place}-${made}` };
  const schemas = [`urn:ietf:params:scim:schemas:core:2.0:${kind === 'Users' ? 'User' : 'Group'}`];
  const { status, text, body: answer } = await ask(token, 'POST', `/${kind}`, { schemas, ...body });
  if (status !== 201) throw new Error(`A victim cannot be created: ${status} ${text}`);
  return String((answer as { readonly id: unknown }).id);
};

const fill = async (ask: Ask, { token, people, groups }: Pick<Range, 'token' | 'people' | 'groups'>) => {
  for (const place of Array.from({ length: PEOPLE }).keys())
    people[place] ??= await create(ask, token, 'Users', place);
  for (const place of Array.from({ length: GROUPS }).keys())
    groups[place] ??= await create(ask, token, 'Groups', place);
};

const openRange = async (
  ask: Ask,
  tables: Tables,
  { connection, token }: { readonly connection: Connection; readonly token: string },
): Promise<Range> => {
  const bystanders = new Set(tables.residents(connection.id).keys());
  const page = await ask(token, 'GET', '/Users?cursor=&count=2');
  const cursor = String((page.body as { readonly nextCursor?: unknown }).nextCursor);
  const range: Range = { connection, token, people: [], groups: [], bystanders, cursor };
  await fill(ask, range);
  await ask(token, 'PATCH', `/Groups/${range.groups[0]}`, {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
    Operations: [{ op: 'add', path: 'members', value: range.people.slice(0, 2).map((value) => ({ value })) }],
  });
  return range;
};

/** Frees the places of victims who are gone, or have grown too large. */
const vacate = (places: string[], residents: ReadonlyMap<string, string>): void => {
  for (const [place, id] of places.entries())
    if ((residents.get(id)?.length ?? Number.POSITIVE_INFINITY) > LARGEST_VICTIM) delete places[place];
};

/** Puts somebody new where a victim is gone or grown too large, and removes whoever else came about. */
const tidy = async (ask: Ask, tables: Tables, range: Range): Promise<void> => {
  const { connection, token, people, groups, bystanders } = range;
  const residents = tables.residents(connection.id);
  vacate(people, residents);
  vacate(groups, residents);
  const kept = new Set([...bystanders, ...people, ...groups]);
  for (const [id, row] of residents) {
    if (!kept.has(id))
      await ask(token, 'DELETE', `/${row.includes('"user_name"') ? 'Users' : 'Groups'}/${id}`);
  }
  await fill(ask, range);
};

const bystandersOf = (tables: Tables, other: string, ranges: readonly Range[]): Bystanders => {
  const rows = ranges.flatMap(({ connection, bystanders }) =>
    [...tables.residents(connection.id)]
      .filter(([id]) => bystanders.has(id))
      .map(([, row]) => JSON.parse(row)),
  ) as readonly Readonly<Record<string, string | undefined>>[];
  const column = (name: string, having: string) =>
    rows.filter((row) => row[having] !== undefined).flatMap((row) => row[name] ?? []);
  return {
    connections: [other],
    users: column('id', 'user_name'),
    groups: column('id', 'display_name_key').filter((id) => !column('id', 'user_name').includes(id)),
    memberTokens: column('member_token', 'user_name'),
    groupTokens: column('group_token', 'display_name_key'),
  };
};

const witnessOf = async (ask: Ask, token: string) => {
  const people = (await ask(token, 'GET', '/Users?count=1&startIndex=3')).body;
  const groups = (await ask(token, 'GET', '/Groups?count=1')).body;
  const [person] = (people as { readonly Resources: readonly Record<string, unknown>[] }).Resources;
  const [group] = (groups as { readonly Resources: readonly Record<string, unknown>[] }).Resources;
  const [email] = (person?.['emails'] ?? []) as readonly { readonly value?: unknown }[];
  return {
    witnessGroupId: String(group?.['id']),
    witness: {
      id: String(person?.['id']),
      name: String(person?.['userName']),
      mail: String(email?.value ?? person?.['userName']),
      group: String(group?.['displayName']),
    },
  };
};

const synced = async (bridge: Bridge, name: string, strict: boolean) => {
  const added = await bridge.addConnection(name, { strict });
  await fullSync(bridge.deps, { connection: added.connection, deadline: Date.now() + LATER_MS });
  return added;
};

/** Builds the world. No sync and no webhook runs in it, so that what a request costs is its own. */
export const createWorld = async (): Promise<World> => {
  const folder = mkdtempSync(join(tmpdir(), 'fuzz-world-'));
  const file = join(folder, 'bridge.db');
  const bridge = await startBridge({
    database: `sqlite:${file}`,
    config: { SETTLE_INTERVAL_MS: '60000', BODY_LIMIT_BYTES: '2000000', REQUEST_PATIENCE_MS: '8000' },
  });
  await bridge.control('DELETE', '/webhooks');
  const strictly = await synced(bridge, 'strict', true);
  const other = await synced(bridge, 'other', false);
  const tables = openTables(file);
  const wire = openWire(bridge.server.url);
  const mode = openWire(bridge.emulator.url);
  const ask = asking(wire);
  const tolerant = await openRange(ask, tables, bridge);
  const strict = await openRange(ask, tables, strictly);
  const bystanders = bystandersOf(tables, other.connection.id, [tolerant, strict]);
  return {
    ...{ bridge, wire, mode, tables, tolerant, strict, bystanders, ask },
    ...(await witnessOf(ask, tolerant.token)),
    restock: async () => {
      for (const range of [tolerant, strict]) await tidy(ask, tables, range);
    },
    stop: async () => {
      wire.hangUp();
      mode.hangUp();
      tables.close();
      await bridge.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
