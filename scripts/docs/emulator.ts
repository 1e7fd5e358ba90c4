/** docs/emulator.md: what the emulated Mode does, and how well each of it is known, from its own tables. */
import { ASSUMPTIONS } from '../../src/emulator/assumptions.ts';
import { FACTS, type Fact, LEFT_OUT } from '../../src/emulator/facts.ts';
import { ROUTE_KEYS } from '../../src/emulator/routes.ts';
import { chooseScim } from '../../src/emulator/scim/behaviour.ts';
import { SCIM_ROUTE_KEYS } from '../../src/emulator/scim/routes.ts';

const HEAD = `# The emulated Mode

<!-- Generated from src/emulator/{facts,assumptions,routes}.ts by \`npm run docs\`. -->

\`npm run mode\` starts it, and \`sandbox\` starts one beside the bridge. It is a double of Mode alone and shares no code with
the bridge. Each claim about Mode has a label: **CONFIRMED-O** Mode says it, **CONFIRMED-C** the code of others works only if
it is so, **REPORTED** one other says it, **INFERRED** our reading of the evidence, **UNKNOWN** nothing was found and something
had to be chosen. Trust nothing here that is INFERRED or UNKNOWN before a real workspace has shown it.
`;

const CONTROL = `## Controls

Under \`/_control\`, without a key, never counted; nothing of it is Mode's.

| call | meaning |
|---|---|
| \`GET /calls\`, \`DELETE /calls\` | how often each route was called, by its template; reset |
| \`POST /faults\`, \`DELETE /faults\` | what the next calls of a route meet; none any more |
| \`GET /state\` | members, invitations, groups, connections and collections as they truly are |
| \`POST /join\` \`{"email"}\` | accepts an invitation, or signs in for the first time |
| \`POST /edit\` | by hand: \`addToGroup\`, \`removeFromGroup\`, \`setAdmin\`, \`removeMember\`, \`setEmail\` (\`to\`), \`createGroup\` and \`deleteGroup\`, \`renameGroup\`, \`grantAccess\` and \`revokeAccess\` (\`resourceToken\`, \`accessorToken\`, \`action\`), \`touch\` (the last activity) |
| \`GET\`, \`POST\`, \`DELETE /webhooks\` | who is told |
| \`GET\`, \`POST /scim\` | how Mode's own SCIM endpoint behaves |

A fault is \`{"route", "times", "every", "delayMs", …}\` with one of these, or with \`delayMs\` alone:

| field | before the change | with \`"after": true\` |
|---|---|---|
| \`status\`, \`headers\`, \`body\` | answers so, nothing happens | answers so, though the change took effect |
| \`drop: true\` | cuts the connection | the same as \`drop: "after"\` and \`dropAfter: true\`: cut, though the change took effect |
| \`malformed: true\` | – | always: the change took effect, half of the answer's JSON is sent |
| \`delayMs\` | waits, then goes on | the change took effect, then waits: for callers who give up |

\`route\` is a route as below, or \`*\`. The next call meets it, or the next \`times\`; with \`every: 5\` each fifth call alone, while
those between meet the next order that fits, if any. A body of text is sent as it is, so that \`status: 200\` with any text is no JSON either.
`;

const cell = (text: string): string => text.replaceAll('|', '\\|');

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |\n`).join('');

const row = ({ says, label, source }: Fact): readonly string[] => [says, label, source];

const trapRows = Object.entries(FACTS).flatMap(([area, facts]) =>
  facts.filter((one) => one.isTrap).map((one) => [area, ...row(one)]),
);

const traps = `## Traps

What a caller would not expect, ${trapRows.length} of it.

${table(['where', 'trap', 'evidence', 'source'], trapRows)}`;

const areas = Object.entries(FACTS)
  .map(([area, facts]) => {
    const others = facts.filter((one) => !one.isTrap);
    return `### ${area}\n\n${table(['what', 'evidence', 'source'], others.map(row))}`;
  })
  .join('\n');

const chosen = table(
  ['what', 'value', 'evidence'],
  Object.values(ASSUMPTIONS).map(({ value, label, says }) => [says, `\`${value}\``, label]),
);

const scim = table(
  ['choice', 'unless told otherwise'],
  Object.entries(chooseScim().read()).map(([name, value]) => [`\`${name}\``, `\`${value}\``]),
);

const routes = [...ROUTE_KEYS, ...SCIM_ROUTE_KEYS].map((key) => `- \`${key}\`\n`).join('');

/** Gives the whole page. */
export const emulatorPage = (): string =>
  [
    HEAD,
    CONTROL,
    traps,
    `## What it does\n\nApart from the traps. Sources are named as in the fact sheet that the project was built on.\n\n${areas}`,
    `## What was chosen\n\n${chosen}`,
    `## Mode's own SCIM endpoint\n\nThat it exists for users and groups is CONFIRMED-O; all of its wire surface is UNKNOWN. Each question is a choice,\nby the option \`scim\` or \`POST /_control/scim\` (src/emulator/scim/behaviour.ts):\n\n${scim}`,
    `## Not there\n\n${LEFT_OUT.map((one) => `- ${one}\n`).join('')}`,
    `## Routes\n\n${routes}`,
  ].join('\n');
