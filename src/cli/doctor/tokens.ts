/** The SCIM tokens of a connection: whether the identity provider has one that lives, and uses it. */
import type { Token } from '../../directory/model.ts';
import { lasting } from './age.ts';
import { type Finding, fail, ok, warn } from './check.ts';
import type { Linked } from './linked.ts';

const DAY_MS = 86_400_000;
const SOON_MS = 30 * DAY_MS;

const nameOf = ({ label, id }: Token): string => (label === '' ? id : `"${label}"`);

const judge = (token: Token, now: number, connection: string): readonly Finding[] => {
  const { expiresAt, lastUsedAt, createdAt } = token;
  const leftMs = expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(expiresAt) - now;
  const findings: Finding[] = [];
  if (leftMs <= SOON_MS) {
    const remedy = `Issue a new one and give it to the identity provider; both work meanwhile: mode-scim-bridge token issue ${connection}.`;
    findings.push(warn(`${nameOf(token)} expires in ${lasting(leftMs)}`, remedy));
  }
  if (lastUsedAt === null && now - Date.parse(createdAt) > DAY_MS) {
    const remedy = `Give it to the identity provider, or revoke it: mode-scim-bridge token revoke ${token.id}.`;
    findings.push(
      warn(
        `${nameOf(token)} was never used since it was issued ${lasting(now - Date.parse(createdAt))} ago`,
        remedy,
      ),
    );
  }
  return findings;
};

const usedAt = ({ lastUsedAt }: Token): number => (lastUsedAt === null ? 0 : Date.parse(lastUsedAt));

/** Whether one lives, expires soon, or lies unused. */
export const tokens = async ({ deps, connection }: Linked): Promise<readonly Finding[]> => {
  const now = deps.now().getTime();
  const all = await deps.store.tokens.list(connection.id);
  const live = all.filter(
    ({ revokedAt, expiresAt }) => revokedAt === null && (expiresAt === null || Date.parse(expiresAt) > now),
  );
  if (live.length === 0) {
    const remedy = `mode-scim-bridge token issue ${connection.name} --label okta`;
    return [fail('None is live: no identity provider can call.', remedy)];
  }
  const last = Math.max(...live.map(usedAt));
  const used = last === 0 ? 'none was used yet' : `last used ${lasting(now - last)} ago`;
  const findings = live.flatMap((token) => judge(token, now, connection.name));
  return [ok(`${live.length} live, ${used}`), ...findings];
};
