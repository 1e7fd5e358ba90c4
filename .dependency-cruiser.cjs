/**
 * Which file may import which: the architecture as rules, run by `npm run check`.
 * Edges translate and point inward to `directory/`; what is composed is composed in main, cli and app alone;
 * every vendor has one home. `scripts/breaches/` plants a breach of each rule and sees it caught.
 */
const EDGES = ['scim', 'api', 'dashboard', 'jobs', 'hooks', 'mode', 'store', 'emulator', 'check-scim'];

/** Files that put the others together. */
const COMPOSITION = '^src/((main|compose|cli)\\.ts$|cli/)';

/** Package → the folders and files of src/ that may import it. */
const HOMES = {
  scimmy: ['scim/', 'emulator/scim/'],
  'scimmy-routers': ['emulator/scim/'],
  axios: ['mode/'],
  libsql: ['store/'],
  pg: ['store/'],
  kysely: ['store/'],
  winston: ['log\\.ts$'],
  express: [
    '(app|health|start-page)\\.ts$',
    'scim/',
    'api/',
    'dashboard/',
    'hooks/',
    'emulator/',
    'security/',
  ],
  commander: ['cli\\.ts$', 'cli/'],
  uuid: ['(main|compose|cli)\\.ts$', 'cli/'],
};

const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

const knowsNoOtherEdge = (folder) =>
  forbid(
    `${folder}-knows-no-other-edge`,
    'Edges meet in directory/, or where main composes them.',
    { path: `^src/${folder}/` },
    { path: `^src/(${EDGES.filter((edge) => edge !== folder).join('|')})/` },
  );

const oneHome = ([name, homes]) =>
  forbid(
    `${name}-has-one-home`,
    `Only ${homes.join(' ')} knows ${name}.`,
    { path: '^src/', pathNot: homes.map((home) => `^src/${home}`) },
    { path: `(^|/)node_modules/(@types/)?${name}/` },
  );

module.exports = {
  forbidden: [
    forbid('no-cycles', 'Two files that need each other are one file.', {}, { circular: true }),
    forbid('not-to-nowhere', 'The file or package does not exist.', {}, { couldNotResolve: true }),
    forbid(
      'errors-is-a-leaf',
      'Everybody may import it, so it imports nobody.',
      { path: '^src/errors\\.ts$' },
      { path: '^src/' },
    ),
    forbid(
      'directory-is-the-centre',
      'The hub knows no edge, no database and no HTTP; it says what it needs as an interface.',
      { path: '^src/directory/' },
      { path: '^src/', pathNot: '^src/(directory/|errors\\.ts$)' },
    ),
    forbid(
      'directory-knows-no-vendor',
      'The hub is plain TypeScript and zod.',
      { path: '^src/directory/' },
      { path: 'node_modules/', pathNot: '(^|/)node_modules/(zod|@types/node)/' },
    ),
    ...[...EDGES, 'security'].map(knowsNoOtherEdge),
    forbid(
      'emulator-is-an-island',
      'An emulator or a judge that shared code with the bridge would share its mistakes, types included.',
      { path: '^src/(emulator|check-scim)/' },
      { path: '^src/', pathNot: '^src/$1/' },
    ),
    forbid(
      'only-main-and-cli-compose',
      'main, compose, app, config and the commands are at the top: nothing below imports them.',
      { path: '^src/', pathNot: COMPOSITION },
      { path: '^src/(main|compose|cli|app|config)\\.ts$|^src/cli/', dependencyTypesNot: ['type-only'] },
    ),
    forbid(
      'src-never-imports-outside',
      'Only src/ is shipped.',
      { path: '^src/' },
      { path: '^(test|scripts|bench)/' },
    ),
    forbid(
      'no-dev-dependency-in-src',
      'It would be missing in production.',
      { path: '^src/' },
      { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'], pathNot: 'node_modules/@types/' },
    ),
    ...Object.entries(HOMES).map(oneHome),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
