/** Whether Mode's SCIM endpoint answers, and what it says of itself (mode-api.md §10); where it is not the way in, whether it is there. */
import type { Connection } from '../model.ts';
import type { ScimFacts } from '../upstream.ts';
import { type Finding, failing, no, yes } from './finding.ts';
import type { Outcomes } from './tries.ts';

const SAYINGS: readonly (readonly [keyof ScimFacts, yes: string, no: string])[] = [
  ['patch', 'changes by PATCH', 'no PATCH'],
  ['filter', 'filters', 'no filters'],
  ['hasGroups', 'groups', 'no groups'],
];

const sayOf = (facts: ScimFacts): string => {
  const said = SAYINGS.flatMap(([fact, ifSo, ifNot]) =>
    facts[fact] === null ? [] : [facts[fact] ? ifSo : ifNot],
  );
  return said.length === 0
    ? 'It says nothing of what it can do; that is found out.'
    : `It says: ${said.join(', ')}.`;
};

const unused = ({ workspace }: Pick<Outcomes, 'workspace'>): Finding => {
  const isOn = workspace.ok ? workspace.value.isScimEnabled : null;
  const said = {
    true: 'Mode says that it is switched on.',
    false: 'Mode says that it is switched off.',
    null: '',
  };
  return no(`This connection does not use it. ${said[`${isOn}`]}`.trim(), null);
};

/** Judges the endpoint. */
export const modeScim = (
  outcomes: Pick<Outcomes, 'scim' | 'workspace'>,
  { name, wayIn }: Pick<Connection, 'name' | 'wayIn'>,
): Finding => {
  const { scim } = outcomes;
  if (wayIn !== 'scim') return unused(outcomes);
  if (!scim.ok)
    return failing(
      scim.error,
      `Correct its address or its token: mode-scim-bridge connection renew ${name}.`,
    );
  return yes(`It answers, and takes the token. ${scim.value ? sayOf(scim.value) : ''}`.trim());
};
