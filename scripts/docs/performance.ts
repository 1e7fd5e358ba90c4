/** docs/performance.md: the newest result of `npm run bench` that was kept in bench/results/, in tables. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXPRESS } from '../../bench/field.ts';
import { type EngineResult, RESULTS, type Result } from '../../bench/result.ts';
import type { Figures, Outcome, Row } from '../../bench/rounds.ts';
import { figuresIn, rounded } from '../../bench/table.ts';
import { LIMITS } from './performance-limits.ts';

const HEAD = `# Performance

<!-- Generated from the newest file in bench/results/ by \`npm run docs\`. -->
`;

const newest = (): Result | undefined => {
  const files = existsSync(RESULTS) ? readdirSync(RESULTS).filter((file) => file.endsWith('.json')) : [];
  const results = files.map((file) => JSON.parse(readFileSync(join(RESULTS, file), 'utf8')) as Result);
  return results.sort((a, b) => (a.at < b.at ? 1 : -1))[0];
};

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map((_, index) => (index === 0 ? '---' : '--:')), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |\n`)
    .join('');

const of = (value: number | undefined, digits = 2): string =>
  value === undefined ? '–' : value.toFixed(digits);

const isExpress = ({ name }: Row): boolean => name === EXPRESS;
const isSingle = ({ kind, instances }: Row): boolean => kind === 'bridge' && instances === 1;
const isOf = (people: number) => (row: Row) => isSingle(row) && row.people === people;

const sizesOf = ({ outcomes }: EngineResult): readonly number[] =>
  (outcomes[0]?.rows ?? []).filter(isSingle).map(({ people }) => people ?? 0);

/** Our figures beside those of Express; `by` picks what counts as "of Express". */
const against = (express: Figures | undefined, ours: Figures | undefined): number | undefined =>
  express && ours && express.cpuMicros / ours.cpuMicros;

const scenarioRow = ({ scenario, bytes, rows }: Outcome, sizes: readonly number[]): readonly string[] => {
  const express = figuresIn(rows, isExpress);
  const ours = sizes.map((people) => figuresIn(rows, isOf(people)));
  const [first, last] = [ours[0], ours.at(-1)];
  return [
    scenario,
    bytes.toLocaleString('en'),
    rounded(express?.cpuMicros ?? Number.NaN),
    ...ours.map((figures) => rounded(figures?.cpuMicros ?? Number.NaN)),
    ...ours.map((figures) => of(against(express, figures))),
    of(first && last && last.cpuMicros / first.cpuMicros),
    rounded(last?.perSecond ?? Number.NaN),
    of(last?.p99, 1),
  ];
};

const named = (sizes: readonly number[]): readonly string[] =>
  sizes.map((people) => people.toLocaleString('en'));

const scenarios = (engine: EngineResult): string => {
  const sizes = sizesOf(engine);
  const most = named(sizes).at(-1);
  return table(
    [
      'scenario',
      'bytes',
      'Express µs',
      ...named(sizes).map((size) => `µs, ${size}`),
      ...named(sizes).map((size) => `of Express, ${size}`),
      'growth',
      `req/s, ${most}`,
      'p99 ms',
    ],
    engine.outcomes.map((outcome) => scenarioRow(outcome, sizes)),
  );
};

const members = ({ outcomes }: EngineResult, sizes: readonly number[]): string => {
  const micros = (scenario: string, people: number): number | undefined => {
    const rows = outcomes.find((outcome) => outcome.scenario === scenario)?.rows ?? [];
    return figuresIn(rows, isOf(people))?.cpuMicros;
  };
  const ratios = sizes.map((people) => {
    const [small, large] = [
      micros('one member, group of 10', people),
      micros('one member, large group', people),
    ];
    return `${of(small && large && large / small)} at ${people.toLocaleString('en')}`;
  });
  return `Adding or removing one member of the largest group (10,000 members, or everybody where there are fewer) against a group of\n10: ${ratios.join(', ')} people.\n`;
};

/** Two instances on one database beside the same two with one each: what sharing it costs, whatever else they share. */
const twoRow = ({ scenario, rows }: Outcome, people: number): readonly string[] => {
  const two = rows.filter(({ instances }) => instances === 2);
  const one = figuresIn(rows, isOf(two[0]?.people ?? 0));
  const shared = figuresIn(two, ({ apart }) => apart !== true);
  const apart = figuresIn(two, (row) => row.apart === true);
  const both = apart && shared;
  return [
    scenario,
    rounded(figuresIn(rows, isOf(people))?.databaseMicros ?? Number.NaN),
    rounded(one?.cpuMicros ?? Number.NaN),
    rounded(apart?.cpuMicros ?? Number.NaN),
    rounded(shared?.cpuMicros ?? Number.NaN),
    of(both && (2 * apart.cpuMicros) / shared.cpuMicros),
    of(one && shared && one.cpuMicros / shared.cpuMicros),
    of(both && shared.databaseMicros / apart.databaseMicros),
    of(both && shared.perSecond / apart.perSecond),
  ];
};

const databaseTable = ({ outcomes }: EngineResult, sizes: readonly number[]): string => {
  const people = sizes.at(-1) ?? 0;
  return `What PostgreSQL itself needs at ${people.toLocaleString('en')} people, and two instances. Each has as many requests under way as one has, and all
share one core of this machine, which alone makes each request dearer. So two instances on one database are set beside two with a
database each, which share nothing but the machine. "Times one" is what follows for two instances with a core each, as far as their
own processors decide and not the database's: twice what a request costs with a database each, divided by what it costs on one.
Beside it the ratio of one instance to two as it is here, with the price of the shared core in it.

${table(
  [
    'scenario',
    'database µs',
    'one µs',
    'two, a database each, µs',
    'two on one database, µs',
    'times one',
    'one to two, by µs',
    'database µs, on one to each',
    'req/s, on one to each',
  ],
  outcomes.map((outcome) => twoRow(outcome, people)),
)}`;
};

const startTable = ({ starts, memory }: EngineResult): string =>
  table(
    ['people', 'start to first answer, s', 'at rest, MB', 'after all scenarios, MB', 'at most, MB'],
    starts.map(({ people, seconds, idleMb }) => {
      const loaded = memory.find((one) => one.people === people);
      return [
        people.toLocaleString('en'),
        seconds.toFixed(2),
        rounded(idleMb),
        rounded(loaded?.loadedMb ?? Number.NaN),
        rounded(loaded?.peakMb ?? Number.NaN),
      ];
    }),
  );

const peerTable = ({ outcomes }: EngineResult): string => {
  const peers = (outcomes[0]?.rows ?? []).filter(({ kind }) => kind === 'peer');
  if (peers.length === 0) return '';
  const cell = (rows: readonly Row[], name: string): string => {
    const found = rows.find((row) => row.name === name);
    if (!found) return '–';
    return typeof found.figures === 'string'
      ? (found.figures.split(':')[0] ?? '')
      : rounded(found.figures.cpuMicros);
  };
  const head = [
    'scenario',
    ...peers.map(({ name }) => `${name} people, µs`),
    ...peers.map(({ people }) => `bridge, ${people?.toLocaleString('en')}, µs`),
  ];
  const rows = outcomes.map(({ scenario, rows: all }) => [
    scenario,
    ...peers.map(({ name }) => cell(all, name)),
    ...peers.map(({ people }) => rounded(figuresIn(all, isOf(people ?? 0))?.cpuMicros ?? Number.NaN)),
  ]);
  return `\nA peer in the same run: scimmy-routers as its README shows it, with everybody in memory and nothing on disk.\n\n${table(head, rows)}`;
};

const TITLES = { sqlite: 'SQLite', postgres: 'PostgreSQL' } as const;

const section = (engine: EngineResult): string => {
  const sizes = sizesOf(engine);
  return [
    `## ${TITLES[engine.engine]}\n`,
    scenarios(engine),
    members(engine, sizes),
    ...(engine.engine === 'postgres' ? [databaseTable(engine, sizes)] : []),
    startTable(engine),
    peerTable(engine),
  ].join('\n');
};

const how = ({ at, commit, machine, versions, load, rounds, seconds, lines }: Result): string => `
\`npm run bench -- --full --save\` of ${at.slice(0, 10)} at commit ${commit}. ${machine['processor']}, ${machine['cores']} cores, ${machine['memory']}, ${machine['system']};
${Object.entries(versions)
  .map(([name, version]) => `${name} ${version}`)
  .join(', ')}.
Placement: ${machine['placement']}. Load average ${load[0]} before and ${load[1]} after, of which the run makes about 2.

The bridge is what \`npm run build\` makes, run by \`serve\` as in production, with its log; its people are unknown to Mode, so that
nothing but the bridge is measured. Answers are looked at before anything is timed. ${lines} requests are under way at a time at each instance, each server
gets ${rounds} rounds of ${seconds} s, one server after the other, and the median counts. "µs" is processor time per request, all threads of the
process, which stays true where others use the machine; "of Express" is that of a bare Express app which answers the same number of
bytes (no ETag, no logging, no authentication, nothing kept) divided by ours; "growth" is ours at the most people divided by ours at
the fewest.
`;

/** The page. */
export const performancePage = (): string => {
  const result = newest();
  if (!result) return `${HEAD}\nNothing has been kept yet: \`npm run bench -- --full --save\`.\n`;
  return [HEAD + how(result), ...result.engines.map(section), LIMITS].join('\n');
};
