/** Jest runs the TypeScript sources as ES modules; swc strips the types, `npm run check` verifies them. */
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  // The second says how many tests each database engine ran.
  reporters: ['default', '<rootDir>/scripts/engine-reporter.js'],
  // On two cores it would be one: but most of the long files wait more than they compute.
  maxWorkers: '100%',
  // Nothing may depend on how long a busy machine takes: this ends only what will never end.
  testTimeout: 120_000,
};
