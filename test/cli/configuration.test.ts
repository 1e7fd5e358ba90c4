/** The environment as it is read: what is set to nothing is not set. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { explainConfig, readConfig } from '../../src/config.ts';

const before = { ...process.env };
afterEach(() => {
  process.env = { ...before };
});

describe('a variable that is set to nothing', () => {
  const nothing = {
    SYNC_INTERVAL_SECONDS: '',
    PORT: ' ',
    MODE_LATE_MS: '\t',
    ADMIN_TOKEN: '',
    PUBLIC_URL: '',
  };

  test('is as one that is not set, and no 0', () => {
    Object.assign(process.env, nothing);
    expect(readConfig({ PORT: 1 })).toMatchObject({
      SYNC_INTERVAL_SECONDS: 900,
      PORT: 1,
      MODE_LATE_MS: 60_000,
    });
    const { config, entries } = explainConfig();
    expect(config).toMatchObject({ SYNC_INTERVAL_SECONDS: 900, PORT: 8080 });
    const told = entries.filter(({ key }) => key in nothing);
    expect(told.map(({ source, problem }) => [source, problem])).toEqual(
      Object.keys(nothing).map(() => ['default', null]),
    );
  });

  test('does not hide that a 0 is a 0', () => {
    process.env['SYNC_INTERVAL_SECONDS'] = '0';
    expect(readConfig().SYNC_INTERVAL_SECONDS).toBe(0);
    expect(explainConfig().config.SYNC_INTERVAL_SECONDS).toBe(0);
  });
});
