/** docs/plan.md: what `plan` and `apply` do about changes made in Mode by hand, from the program's own tables. */
import type { Difference } from '../../src/directory/plan/compare.ts';
import { guardNames, guardsAgainst } from '../../src/directory/plan/guards.ts';
import type { Plan } from '../../src/directory/plan/plan.ts';
import { type SituationName, situations } from '../../src/directory/plan/situations.ts';
import { planText } from '../../src/directory/plan/text.ts';

const person = (displayName: string, userName: string) => ({ id: userName, userName, displayName });
const group = (displayName: string, seenName: string | null = null) => ({
  id: displayName,
  displayName,
  seenName,
});

const found = (
  situation: SituationName,
  about: Partial<Pick<Difference, 'person' | 'group' | 'stranger'>>,
): Difference => {
  const { reason, actions } = situations[situation];
  return {
    situation,
    reason,
    action: actions.enforce,
    person: null,
    group: null,
    stranger: null,
    admin: false,
    version: 1,
    ...about,
  };
};

/** A workspace of 27 people after an afternoon of somebody's changes in Mode. */
const differences: readonly Difference[] = [
  found('person removed by hand', { person: person('Ada Lovelace', 'ada@acme.example') }),
  found('person unknown to the provider', { person: person('Guest Account', 'guest@agency.example') }),
  found('wish for another role', { person: person('Grace Hopper', 'grace@acme.example') }),
  found('person unclear', { stranger: { token: '5dd09baaf0e9', name: 'office@acme.example' } }),
  found('group renamed by hand', { group: group('Finance', 'Money') }),
  found('member added by hand', {
    person: person('Alan Turing', 'alan@acme.example'),
    group: group('Board'),
  }),
  found('member added by hand', { person: person('Tim Lee', 'tim@acme.example'), group: group('Board') }),
  found('member taken out by hand', {
    person: person('Joan Clarke', 'joan@acme.example'),
    group: group('Finance'),
  }),
];

const plan: Plan = {
  id: '3f9c2a1b04de',
  connection: 'acme',
  reconcile: 'enforce',
  modeSeenAt: '2026-11-23T16:42:07.113Z',
  groupsHiddenSince: null,
  changes: differences.filter(({ action }) => action !== 'show'),
  shown: differences.filter(({ action }) => action === 'show'),
  underWay: 1,
  stops: guardsAgainst({
    differences,
    totals: { people: 27, admins: 2, groups: 9, memberships: 81 },
    connection: { protected: { people: [], groups: [] } },
  }),
};

/** `invitePerson` as a person says it. */
const spoken = (action: string): string => action.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

const rows = Object.entries(situations).map(
  ([name, { reason, actions }]) =>
    `| ${name} | ${reason} | ${[actions.enforce, actions.report, actions.adopt].map(spoken).join(' | ')} |\n`,
);

/** The page. */
export const planPage = (): string => `# Plan and apply

<!-- Generated from src/directory/plan/ by \`npm run docs\`. -->

What the identity provider writes reaches Mode at once. What somebody changes in Mode by hand is found by the next sync, and
\`connection set NAME --reconcile …\` says what then happens: \`enforce\` undoes it, \`report\` shows it, \`adopt\` (unless said)
takes it over. Taking over never undoes what the provider wrote, and somebody whom the provider has deactivated is removed
whatever is set. Who was in Mode before the first sync is its baseline: nobody of them is "unknown". A connection whose people
come by SAML (\`--way-in jit\`) invites nobody: who was removed by hand is shown there, whatever is set.

\`plan NAME\` reads Mode, compares, and writes nothing; it ends with 2 when there is something to do, 0 when all agree, 1 when it
failed (\`--json\` for programs). \`apply NAME PLAN\` reads Mode again and carries out that very plan; when either side has moved
since, the plan has another id and nothing is written. All of it is committed at once and then settled like any change: killed in
the middle, it goes on at the next start. After each sync the server does the same by itself, as the connection says; what a
guard stops waits for a person (\`reconcile.stopped\` in the log).

\`\`\`text
${planText(plan).join('\n')}
\`\`\`

## What is done about what

| situation | why | enforce | report | adopt |
|---|---|---|---|---|
${rows.join('')}
## Guards

They judge the whole plan before the first write: ${guardNames.map((name) => `\`${name}\``).join(', ')}. At most 25 people or 10 % of
them may lose access, 250 memberships or 10 % may end, 5 groups or 10 % may be deleted; nobody who is protected
(\`connection set NAME --protect-person …\`, \`--protect-group …\`) and never the last admin; and a Mode that lists nobody is taken
for broken. \`apply … --override GUARD\` goes on in spite of those named.
`;
