/** A bridge of the suite, people who are in Mode, and what both sides say at the end of a row. */
import { expect } from '@jest/globals';
import { makePlan } from '../../../src/directory/plan/plan.ts';
import type { Answer, Bridge, BridgeOptions } from '../../support/bridge.ts';
import { startBridge, until } from '../../support/bridge.ts';
import { type Workspace, workspaceOf } from '../../support/workspace.ts';
import { LATE_MS, TIMEOUT_MS } from './faults.ts';

const MODE_USER = 'urn:ietf:params:scim:schemas:extension:mode:2.0:User';
/** Reads Mode's audit log, which is the judge of what took effect how often. */
const JUDGE = { token: 'a0d1700a0d17', secret: 'judge', kind: 'workspace' } as const;

export interface Person {
  readonly id: string;
  readonly userName: string;
}

/** How both sides see a person: `active` here, her standing as SCIM shows it, and as it truly is. */
export interface Standing {
  readonly active: boolean | undefined;
  readonly shown: string | undefined;
  readonly truth: string | undefined;
}

interface AuditEvent {
  readonly action: string;
  readonly entity: { readonly entity_name: string };
}

export interface World {
  readonly bridge: Bridge;
  readonly mode: Workspace;
  /** The provider makes a person, or changes one. */
  person(userName: string): Promise<Person>;
  patched(id: string, operation: object): Promise<void>;
  /** The provider makes a group with these people; gives its id. */
  group(displayName: string, ids: readonly string[]): Promise<string>;
  /** So many people who are in Mode and whom no other row knows. */
  people(count: number): readonly Person[];
  /** A name that no other row of this world uses, and that begins no other. */
  fresh(what: string): string;
  standingOf(userName: string): Promise<Standing>;
  /** As Mode's SCIM endpoint has it. */
  familyNameOf(userName: string): Promise<string | undefined>;
  /** Who is in the group of that name, as SCIM shows it, and as it truly is; undefined where there is none. */
  groupOf(displayName: string): Promise<Readonly<Record<'shown' | 'truth', readonly string[] | undefined>>>;
  /** How often what took effect since then on whatever bears a name that begins so, by kind of event. */
  effectsSince(from: Date, names: readonly string[]): Promise<Readonly<Record<string, number>>>;
  settled(): Promise<void>;
  /** Nothing is left over on either side: after a full sync there is nothing to plan. */
  agrees(): Promise<void>;
}

const eventsSince = async ({ emulator }: Bridge, from: Date): Promise<readonly AuditEvent[]> => {
  const authorization = `Basic ${Buffer.from(`${JUDGE.token}:${JUDGE.secret}`).toString('base64')}`;
  const events: AuditEvent[] = [];
  for (let next: string | null = ''; next !== null; ) {
    const query = new URLSearchParams({
      start_timestamp: from.toISOString(),
      end_timestamp: new Date(Date.now() + 60_000).toISOString(),
      ...(next === '' ? {} : { next_token: next }),
    });
    const url = `${emulator.url}/api/${emulator.workspace}/audit_logs?${query}`;
    const answer = await fetch(url, { headers: { authorization, accept: 'application/json' } });
    const page = (await answer.json()) as { audit_logs: AuditEvent[]; next_token?: string | null };
    events.push(...page.audit_logs);
    next = page.next_token ?? null;
  }
  return events;
};

const RETRIES_MS = 20_000;

/** Asks until it is granted, as for what a row needs to begin with; gives the id. */
const granted = async (ask: () => Promise<Answer>): Promise<string> => {
  let answer = await ask();
  for (const end = Date.now() + RETRIES_MS; answer.status >= 300 && Date.now() < end; ) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    answer = await ask();
  }
  if (answer.status >= 300) throw new Error(`not prepared: ${JSON.stringify(answer.body)}`);
  return answer.body?.id;
};

const countBy = (names: readonly string[]): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
};

/** Starts a bridge whose Mode has so many people; webhooks tell it nothing. */
export const startWorld = async (people: number, options: BridgeOptions = {}): Promise<World> => {
  const bridge = await startBridge({
    ...options,
    emulator: { people: people + 10, groups: 0, credentials: [JUDGE], ...options.emulator },
    config: {
      MODE_TIMEOUT_MS: String(TIMEOUT_MS),
      MODE_LATE_MS: String(LATE_MS),
      SETTLE_RETRY_MS: '100',
      REQUEST_PATIENCE_MS: '1500',
      ...options.config,
    },
  });
  const mode = workspaceOf(bridge);
  await mode.withoutWebhooks();
  const admins = new Set((await mode.truth()).members.filter(({ admin }) => admin).map(({ email }) => email));
  const pool = (await mode.users()).filter(
    (user) => user[MODE_USER]?.state === 'active' && !admins.has(user.userName),
  );
  let [taken, named] = [0, 0];
  const found = async (path: string) => (await bridge.scim('GET', path)).body.Resources[0];
  const nameOf = async (ids: ReadonlySet<string>) =>
    (await mode.truth()).members.filter(({ memberToken }) => ids.has(memberToken)).map(({ email }) => email);

  return {
    bridge,
    mode,
    person: async (userName) => {
      const body = { userName, emails: [{ value: userName, type: 'work', primary: true }] };
      return { userName, id: await granted(() => bridge.scim('POST', '/Users', body)) };
    },
    patched: async (id, operation) => {
      await granted(() => mode.patch(`/Users/${id}`, operation));
    },
    group: (displayName, ids) =>
      granted(() =>
        bridge.scim('POST', '/Groups', { displayName, members: ids.map((value) => ({ value })) }),
      ),
    people: (count) => {
      taken += count;
      if (taken > pool.length) throw new Error(`Mode has ${pool.length} people to try with: make more`);
      return pool.slice(taken - count, taken);
    },
    fresh: (what) => {
      named += 1;
      return `${what}-${named}-`;
    },
    standingOf: async (userName) => {
      const user = await found(`/Users?filter=userName eq "${userName}"`);
      const truth = await mode.standing(userName);
      return { active: user?.active, shown: user?.[MODE_USER]?.state, truth };
    },
    familyNameOf: async (userName) => {
      const { scimUrl, scimToken } = bridge.emulator;
      const filter = encodeURIComponent(`userName eq "${userName}"`);
      const headers = { authorization: `Bearer ${scimToken}` };
      const answer = await fetch(`${scimUrl}/Users?filter=${filter}`, { headers });
      const { Resources } = (await answer.json()) as { Resources: { name?: { familyName?: string } }[] };
      return Resources[0]?.name?.familyName;
    },
    groupOf: async (displayName) => {
      const group = await found(`/Groups?filter=displayName eq "${displayName}"`);
      const inMode = await mode.group(displayName);
      const shown: readonly { readonly display: string; readonly value: string }[] = group?.members ?? [];
      const userNames = await Promise.all(
        shown.map(async ({ value }) => (await bridge.scim('GET', `/Users/${value}`)).body.userName),
      );
      return {
        shown: group ? userNames.sort() : undefined,
        truth: inMode ? (await nameOf(new Set(inMode.memberTokens))).sort() : undefined,
      };
    },
    effectsSince: async (from, names) => {
      const events = await eventsSince(bridge, from);
      const ours = events.filter(({ entity }) => names.some((name) => entity.entity_name.startsWith(name)));
      return countBy(ours.map(({ action }) => action));
    },
    settled: () =>
      until(
        'nothing is owed to Mode',
        async () => (await bridge.deps.store.unsettled.list(bridge.connection.id)).length === 0,
        20_000,
      ),
    agrees: async () => {
      await mode.sync();
      const connection = await bridge.deps.store.connections.find(bridge.connection.id);
      const { changes, shown } = await makePlan(bridge.deps, connection ?? bridge.connection);
      expect([...changes, ...shown]).toEqual([]);
    },
  };
};
