/** Whether people can get in: by invitation, by SAML, and whether a seat is free (mode-api.md §1, §5, §9, §10). None of it can be tried. */
import type { Connection } from '../model.ts';
import { type Finding, knownKind, no, unknown, yes } from './finding.ts';
import type { Outcomes } from './tries.ts';

const waysOut = (name: string, first = 'Use'): string =>
  `${first} a token that may invite (mode-scim-bridge connection renew ${name}), or let SAML create people at their first sign-in: mode-scim-bridge connection set ${name} --way-in jit.`;

/** Whether the token can invite, by its kind: trying it would invite somebody. */
export const inviting = (
  { verification, auditLog }: Pick<Outcomes, 'verification' | 'auditLog'>,
  { name, wayIn }: Pick<Connection, 'name' | 'wayIn'>,
): Finding => {
  if (wayIn === 'scim') return no("Not needed: people get in through Mode's SCIM endpoint.", null);
  if (!verification.ok)
    return unknown('Not known: the kind of the token could not be asked for.', null, true);
  const kind = knownKind(verification.value.scope, auditLog.ok);
  if (kind === 'Workspace')
    return no(
      "This is a Workspace token. Mode's documentation: Workspace tokens cannot invite.",
      waysOut(name),
    );
  const untried = 'Cannot be tried without inviting somebody.';
  return kind === 'Member'
    ? unknown(`${untried} This is a Member token; it is reported that these cannot invite.`, waysOut(name))
    : unknown(
        `${untried} Mode does not name the kind of this token; Workspace tokens cannot.`,
        waysOut(name, 'If invitations are refused, use'),
      );
};

/** Whether SAML can create people: where Mode says for which domains, or that it knows none. */
export const joining = ({ workspace }: Pick<Outcomes, 'workspace'>): Finding => {
  const domains = workspace.ok ? workspace.value.domains : null;
  const unseen = 'SAML is set up in Mode and cannot be seen from outside.';
  if (domains === null) return unknown(`${unseen} Mode does not say which domains the workspace claims.`);
  if (domains.length > 0)
    return unknown(`${unseen} Mode creates people with addresses at ${domains.join(', ')}.`);
  return unknown(
    `${unseen} Mode names no claimed domain, without which it creates nobody.`,
    'Look in Mode at Workspace Settings > Member Authorization.',
  );
};

/** Whether there is room for one more. */
export const seats = ({ workspace }: Pick<Outcomes, 'workspace'>): Finding => {
  const isFull = workspace.ok ? workspace.value.isFull : null;
  if (isFull === null) return unknown('Mode does not say.');
  return isFull
    ? no(
        'Mode says that the seats are used up.',
        'Remove people in the identity provider, or buy seats in Mode.',
      )
    : yes('Mode says that the seats are not used up.');
};
