/** `serve`: the production server. */
import type { Command } from 'commander';
import { readEncryptionKey } from '../config.ts';
import { startServer } from '../main.ts';
import { issueAdminToken } from './admin-token.ts';
import { withSession } from './session.ts';
import { untilStopped } from './signals.ts';

const serve = (): Promise<void> =>
  withSession({ mode: true, serves: true }, async ({ config, deps }) => {
    readEncryptionKey(config);
    await issueAdminToken(deps, config.ADMIN_TOKEN);
    const server = await startServer(deps, config);
    deps.log.info('serve.ready', { url: server.url, publicUrl: server.publicUrl });
    if (config.PUBLIC_URL === undefined)
      deps.log.warn('serve.public-url-not-set', { using: server.publicUrl });
    const signal = await untilStopped();
    deps.log.info('serve.stopping', { signal });
    await server.stop();
  });

export const addServe = (program: Command): void => {
  program
    .command('serve')
    .description(
      'Run the server. Configured by the environment (docs/configuration.md); migrate the database first.',
    )
    .action(serve);
};
