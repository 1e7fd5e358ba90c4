/** `connection list`: what is set, when Mode was last read, and how long each token of Mode still holds. */
import type { Command } from 'commander';
import { credentialStanding, sayStanding } from '../directory/connections/credential-age.ts';
import type { Connection } from '../directory/model.ts';
import { print, printJson, printTable } from './output.ts';
import { withSession } from './session.ts';

const asJson = (connection: Connection, now: Date) => {
  const { id, name, workspace, modeUrl, wayIn, strict, createdAt, hookReceivedAt } = connection;
  const { syncedAt, groupsSyncedAt, groupsHiddenSince } = connection;
  const read = { syncedAt, groupsSyncedAt, groupsHiddenSince };
  const credential = credentialStanding(connection, now);
  return { id, name, workspace, modeUrl, wayIn, strict, createdAt, ...read, hookReceivedAt, credential };
};

const asRow = (connection: Connection, now: Date): readonly string[] => {
  const { name, workspace, modeUrl, wayIn, syncedAt, groupsHiddenSince, id } = connection;
  const read = syncedAt !== null && groupsHiddenSince !== null ? `${syncedAt}, without groups` : syncedAt;
  const token = sayStanding(credentialStanding(connection, now));
  return [name, workspace, modeUrl, wayIn, read ?? 'never', token, id];
};

const list = (options: { readonly json?: boolean }): Promise<void> =>
  withSession({ mode: false }, async ({ deps }) => {
    const connections = await deps.store.connections.list();
    const now = deps.now();
    if (options.json) printJson(connections.map((connection) => asJson(connection, now)));
    else if (connections.length === 0) print('No connections yet: mode-scim-bridge connection add --help');
    else {
      printTable(
        ['NAME', 'WORKSPACE', 'MODE', 'WAY IN', 'LAST SYNC', 'MODE TOKEN', 'ID'],
        connections.map((connection) => asRow(connection, now)),
      );
    }
  });

/** Adds `list` to the command `connection`. */
export const addConnectionList = (connection: Command): void => {
  connection.command('list').description('Show the connections.').option('--json', 'print JSON').action(list);
};
