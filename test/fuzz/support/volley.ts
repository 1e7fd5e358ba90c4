/** A few shots one after the other, and the look around afterwards: nothing but their targets may have changed. */
import { type Figures, namedIn, shoot } from './door.ts';
import { type Problem, shown } from './problem.ts';
import type { Shot } from './shot.ts';
import type { Range, World } from './world.ts';

interface Truth {
  readonly members: readonly { readonly memberToken: string }[];
  readonly groups: readonly { readonly token: string }[];
}

/** What the emulated Mode holds of the witnesses, as text. */
const modeOf = async ({ mode, bystanders }: World): Promise<string> => {
  const state = { method: 'GET', path: '/_control/state', headers: {}, body: undefined };
  const { members, groups } = (await mode.send(state)).body as Truth;
  return JSON.stringify([
    members.filter(({ memberToken }) => bystanders.memberTokens.includes(memberToken)),
    groups.filter(({ token }) => bystanders.groupTokens.includes(token)),
  ]);
};

interface Sight {
  readonly tables: readonly string[];
  readonly mode: string;
  readonly ranges: readonly (readonly [Range, ReadonlyMap<string, string>])[];
  readonly groupsOf: ReadonlyMap<string, string>;
}

const look = async (world: World): Promise<Sight> => ({
  tables: world.tables.snapshot(world.bystanders),
  mode: await modeOf(world),
  ranges: [world.tolerant, world.strict].map((range) => [range, world.tables.residents(range.connection.id)]),
  groupsOf: membersBy(world),
});

/** For each group its members: who goes takes the groups' versions along. */
const membersBy = ({ tables, tolerant, strict }: World): ReadonlyMap<string, string> => {
  const members = new Map<string, string>();
  for (const { connection } of [tolerant, strict])
    for (const [group, user] of tables.memberships(connection.id))
      members.set(group, `${members.get(group) ?? ''} ${user}`);
  return members;
};

const firstDifference = (before: string, after: string): string => {
  const at = [...before].findIndex((character, index) => character !== after[index]);
  const from = Math.max(0, at - 200);
  return `was …${before.slice(from, at + 200)}…\n  is …${after.slice(from, at + 200)}…`;
};

const changedWitnesses = (before: Sight, after: Sight): readonly Problem[] => [
  ...before.tables.flatMap((rows, index) =>
    rows === after.tables[index]
      ? []
      : [
          {
            what: `a witness changed (table ${index})`,
            detail: firstDifference(rows, after.tables[index] ?? ''),
          },
        ],
  ),
  ...(before.mode === after.mode
    ? []
    : [{ what: 'a witness changed in Mode', detail: firstDifference(before.mode, after.mode) }]),
];

const isNamed = (text: string, id: string, members: string | undefined): boolean =>
  text.includes(id) || (members ?? '').split(' ').some((user) => user !== '' && text.includes(user));

/** Whoever changed must be named in the shots, or be a group of somebody who is. */
const changedUnasked = (before: Sight, after: Sight, text: string): readonly Problem[] =>
  before.ranges.flatMap(([, residents], index) =>
    [...residents].flatMap(([id, row]) => {
      const now = after.ranges[index]?.[1].get(id);
      if (
        now === row ||
        isNamed(text, id, before.groupsOf.get(id)) ||
        isNamed(text, id, after.groupsOf.get(id))
      )
        return [];
      return [{ what: 'somebody changed who was not named', detail: firstDifference(row, now ?? 'nothing') }];
    }),
  );

/** Only POST makes something, and no more than there are POSTs. */
const madeUnasked = (before: Sight, after: Sight, shots: readonly Shot[]): readonly Problem[] => {
  const made = after.ranges.flatMap(([, residents], index) =>
    [...residents.keys()].filter((id) => !before.ranges[index]?.[1].has(id)),
  );
  const asked = shots.map(({ method, body = '' }) =>
    method === 'POST' ? Math.max(1, body.match(/post/gi)?.length ?? 0) : 0,
  );
  const most = asked.reduce((sum, one) => sum + one, 0);
  return made.length <= most ? [] : [{ what: 'more was made than asked for', detail: `${made} of ${most}` }];
};

const pollution = (): readonly Problem[] => {
  const polluted = Object.hasOwn(Object.prototype, 'polluted');
  Reflect.deleteProperty(Object.prototype, 'polluted');
  return polluted ? [{ what: 'the prototype of all objects was changed', detail: '' }] : [];
};

/** Sends the shots in order and gives all that is wrong; `isNew` leaves out what was reported before. */
export const volleyProblems = async (
  world: World,
  shots: readonly Shot[],
  figures: Figures,
): Promise<readonly Problem[]> => {
  await world.restock();
  const before = await look(world);
  const text = namedIn(world, shots);
  const problems: Problem[] = [];
  for (const shot of shots) problems.push(...(await shoot(world, shot, figures)));
  const after = await look(world);
  const around = [
    ...changedWitnesses(before, after),
    ...changedUnasked(before, after, text),
    ...madeUnasked(before, after, shots),
    ...pollution(),
  ].map(({ what, detail }) => ({ what, detail: `${detail}\n  shots ${shown(shots, 4_000)}` }));
  return [...problems, ...around];
};

/** Everything that SCIM shows of the witnesses, byte for byte. */
export const witnessTexts = async (world: World): Promise<readonly string[]> => {
  const texts: string[] = [];
  for (const { token, bystanders, connection } of [world.tolerant, world.strict]) {
    const users = [...bystanders].filter((id) => world.bystanders.users.includes(id));
    const groups = [...bystanders].filter((id) => world.bystanders.groups.includes(id));
    for (const path of [...users.map((id) => `/Users/${id}`), ...groups.map((id) => `/Groups/${id}`)]) {
      const { status, headers, text } = await world.ask(token, 'GET', path);
      texts.push(`${connection.name} ${path}: ${status} ${headers.get('etag')} ${text}`);
    }
  }
  return texts;
};
