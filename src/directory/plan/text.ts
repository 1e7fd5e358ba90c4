/** A plan as a person reads it: one line per change with its reason, what is only shown, and how to go on. */
import { plural } from '../counted.ts';
import type { Difference } from './compare.ts';
import { type Plan, peopleOf } from './plan.ts';
import type { Action } from './situations.ts';

interface Wording {
  /** What happens to access, at a glance. */
  readonly sign: '+' | '-' | '~' | '!';
  readonly says: (difference: Difference) => string;
}

const person = ({ person }: Difference): string =>
  person && person.displayName !== person.userName
    ? `${person.displayName} <${person.userName}>`
    : (person?.userName ?? '');
const group = ({ group }: Difference): string => JSON.stringify(group?.displayName ?? '');
const nameOf = ({ situation, stranger }: Difference): string =>
  situation === 'group unclear' ? `group ${JSON.stringify(stranger?.name ?? '')}` : (stranger?.name ?? '');
const seen = ({ group }: Difference): string => JSON.stringify(group?.seenName ?? '');

const wordings: Readonly<Record<Action, Wording>> = {
  invitePerson: { sign: '+', says: (d) => `${person(d)} is invited to Mode again` },
  removePerson: { sign: '-', says: (d) => `${person(d)} is removed from Mode` },
  createGroup: { sign: '+', says: (d) => `group ${group(d)} is created in Mode again, with its members` },
  deleteGroup: { sign: '-', says: (d) => `group ${group(d)} is deleted` },
  renameGroup: { sign: '~', says: (d) => `group ${seen(d)} is called ${group(d)} again` },
  takeName: { sign: '~', says: (d) => `group ${group(d)} is called ${seen(d)} here too` },
  forgetGroup: { sign: '~', says: (d) => `group ${group(d)} is forgotten here too` },
  addMember: { sign: '+', says: (d) => `${person(d)} is added to ${group(d)} again` },
  removeMember: { sign: '-', says: (d) => `${person(d)} is taken out of ${group(d)}` },
  takeMember: { sign: '~', says: (d) => `${person(d)} is in ${group(d)} here too` },
  dropMember: { sign: '~', says: (d) => `${person(d)} is no longer in ${group(d)} here either` },
  show: {
    sign: '!',
    says: (d) =>
      [
        ...(d.person ? [person(d)] : []),
        ...(d.stranger ? [nameOf(d)] : []),
        ...(d.group ? [`group ${group(d)}${d.group.seenName === null ? '' : ` (${seen(d)} in Mode)`}`] : []),
      ].join(', '),
  },
};

const SHORTEST = 34;

const linesOf = (differences: readonly Difference[]): readonly string[] => {
  const said = differences.map((one) => ({
    ...wordings[one.action],
    text: wordings[one.action].says(one),
    one,
  }));
  const width = Math.min(64, Math.max(SHORTEST, ...said.map(({ text }) => text.length)));
  return said.map(({ sign, text, one }) => `  ${sign} ${text.padEnd(width)}  ${one.reason}`);
};

const summary = (plan: Plan): string => {
  const people = peopleOf(plan);
  const with_ = (...kinds: readonly string[]) => people.filter(({ access }) => kinds.includes(access)).length;
  return [
    plural(plan.changes.length, 'change', 'changes'),
    `${plural(with_('loses', 'changes'), 'person loses', 'people lose')} access`,
    `${with_('gains', 'changes')} gain it`,
  ].join(', ');
};

const stopLines = ({ stops }: Plan): readonly string[] => [
  '',
  'Stopped, and nothing will be written:',
  ...stops.map(({ guard, message }) => `  ${guard}: ${message}`),
];

const goOn = ({ connection, id, stops, changes }: Plan): readonly string[] => {
  if (changes.length === 0) return [];
  const override = stops.length === 0 ? '' : ` --override ${stops.map(({ guard }) => guard).join(',')}`;
  const how = `mode-scim-bridge apply ${connection} ${id}${override}`;
  return ['', stops.length === 0 ? `To carry it out: ${how}` : `If every line above is meant: ${how}`];
};

/** The lines of a plan, ready to print. */
export const planText = (plan: Plan): readonly string[] => {
  const { connection, reconcile, id, modeSeenAt, groupsHiddenSince, changes, shown, underWay, stops } = plan;
  return [
    `Plan ${id} for "${connection}" (${reconcile}): ${summary(plan)}.`,
    `Mode as seen at ${modeSeenAt ?? 'no time yet: run a sync'}.`,
    ...(groupsHiddenSince === null
      ? []
      : [`Since ${groupsHiddenSince} Mode does not show its groups to the token: groups are not compared.`]),
    ...(changes.length === 0 ? [] : ['', ...linesOf(changes)]),
    ...(shown.length === 0 ? [] : ['', 'Shown, and left as it is:', ...linesOf(shown)]),
    ...(underWay === 0 ? [] : ['', `${plural(underWay, 'change is', 'changes are')} under way already.`]),
    ...(stops.length === 0 ? [] : stopLines(plan)),
    ...goOn(plan),
    ...(changes.length + shown.length === 0 ? ['', 'Record and Mode agree.'] : []),
  ];
};
