/** `token`: bearer tokens for identity providers and administrators. Shown once, kept as hash. */
import { type Command, InvalidArgumentError } from 'commander';
import { findConnection } from '../directory/connections/connections.ts';
import type { Token } from '../directory/model.ts';
import { AppError } from '../errors.ts';
import { issueToken } from '../security/tokens.ts';
import { print, printJson, printTable } from './output.ts';
import { type Session, withSession } from './session.ts';

interface IssueOptions {
  readonly admin?: boolean;
  readonly label?: string;
  readonly expiresInDays?: number;
  readonly json?: boolean;
}

const DAY_MS = 86_400_000;

const days = (text: string): number => {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number of days, 1 or more.');
};

/** SCIM for the named connection, or admin for none: neither both nor nothing. */
const purpose = async ({ deps }: Session, name: string | undefined, admin: boolean) => {
  if (admin && name === undefined) return { kind: 'admin', connectionId: null } as const;
  if (admin || name === undefined) {
    const message = 'Name a connection for a SCIM token, or give --admin for an admin token.';
    throw new AppError('invalid', 'cli.token.usage', message);
  }
  return { kind: 'scim', connectionId: (await findConnection(deps, name)).id } as const;
};

const issue = (name: string | undefined, options: IssueOptions): Promise<void> =>
  withSession({ mode: false }, async (session) => {
    const { deps } = session;
    const { expiresInDays } = options;
    const expiresAt =
      expiresInDays === undefined
        ? null
        : new Date(deps.now().getTime() + expiresInDays * DAY_MS).toISOString();
    const wish = {
      ...(await purpose(session, name, options.admin ?? false)),
      label: options.label ?? '',
      expiresAt,
    };
    const { token, record } = await issueToken(deps, wish);
    if (options.json)
      printJson({ id: record.id, kind: record.kind, connectionId: record.connectionId, token, expiresAt });
    else {
      print(token);
      print(
        `This is the only time that it is shown. Id ${record.id}, valid ${expiresAt ? `until ${expiresAt}` : 'until revoked'}.`,
      );
    }
  });

const stateOf = (token: Token, now: Date): string => {
  if (token.revokedAt !== null) return 'revoked';
  return token.expiresAt !== null && Date.parse(token.expiresAt) <= now.getTime() ? 'expired' : 'live';
};

const list = (options: { readonly json?: boolean }): Promise<void> =>
  withSession({ mode: false }, async ({ deps }) => {
    const names = new Map((await deps.store.connections.list()).map(({ id, name }) => [id, name]));
    const tokens = (await deps.store.tokens.list()).map(({ hash: _hash, ...token }) => ({
      ...token,
      connection: token.connectionId === null ? null : (names.get(token.connectionId) ?? token.connectionId),
      state: stateOf({ hash: _hash, ...token }, deps.now()),
    }));
    if (options.json) printJson(tokens);
    else {
      printTable(
        ['ID', 'KIND', 'CONNECTION', 'LABEL', 'STATE', 'CREATED', 'EXPIRES', 'LAST USED'],
        tokens.map((token) => [
          token.id,
          token.kind,
          token.connection,
          token.label,
          token.state,
          token.createdAt,
          token.expiresAt ?? 'never',
          token.lastUsedAt ?? 'never',
        ]),
      );
    }
  });

const revoke = (id: string, options: { readonly json?: boolean }): Promise<void> =>
  withSession({ mode: false }, async ({ deps }) => {
    const revoked = await deps.store.tokens.revoke(id, deps.now().toISOString());
    if (!revoked) {
      const message = `There is no live token with id "${id}". See: mode-scim-bridge token list`;
      throw new AppError('notFound', 'cli.token.unknown', message);
    }
    if (options.json) printJson({ id, revoked });
    else print(`Token ${id} is revoked; it is refused from now on.`);
  });

export const addTokenCommands = (program: Command): void => {
  const token = program
    .command('token')
    .description('Bearer tokens for identity providers and administrators.');
  token
    .command('issue [connection]')
    .description('Issue a SCIM token for a connection, or an admin token. Several may be live at once.')
    .option('--admin', 'an admin token, for no connection')
    .option('--label <text>', 'what it is for')
    .option('--expires-in-days <days>', 'how long it is valid; default: until revoked', days)
    .option('--json', 'print JSON')
    .action(issue);
  token
    .command('list')
    .description('Show all tokens, without their text.')
    .option('--json', 'print JSON')
    .action(list);
  token
    .command('revoke <id>')
    .description('Refuse a token from now on.')
    .option('--json', 'print JSON')
    .action(revoke);
};
