/**
 * The ways in which record and Mode can differ, and what is done about each: one row per situation, one column per way to
 * reconcile. Taking over never undoes what the identity provider wrote, so there such a difference is only shown.
 */
import type { Reconcile } from '../model.ts';

/** What a change does; `show` does nothing and waits for a person. */
export type Action =
  | 'show'
  | 'invitePerson'
  | 'removePerson'
  | 'createGroup'
  | 'deleteGroup'
  | 'renameGroup'
  | 'takeName'
  | 'forgetGroup'
  | 'addMember'
  | 'removeMember'
  | 'takeMember'
  | 'dropMember';

/** One way in which record and Mode differ. */
export interface Situation {
  /** Why there is a difference, for a person who reads the plan. */
  readonly reason: string;
  readonly actions: Readonly<Record<Reconcile, Action>>;
}

const always = (action: Action): Situation['actions'] => ({ enforce: action, report: action, adopt: action });
const only = (enforce: Action, adopt: Action): Situation['actions'] => ({ enforce, report: 'show', adopt });

export const situations = {
  'person removed by hand': {
    reason: 'wanted by the identity provider, removed in Mode by hand',
    actions: only('invitePerson', 'show'),
  },
  'person gone': {
    reason: 'known from Mode alone, removed there by hand',
    actions: only('show', 'removePerson'),
  },
  'person who left': {
    reason: 'deactivated by the identity provider, still in Mode',
    actions: always('removePerson'),
  },
  'person unknown to the provider': {
    reason: 'invited in Mode by hand, unknown to the identity provider',
    actions: only('removePerson', 'show'),
  },
  'wish for another role': {
    reason:
      'the role that the identity provider wishes differs; only a workspace admin can change it, in Mode',
    actions: always('show'),
  },
  'group removed by hand': {
    reason: 'wanted by the identity provider, deleted in Mode by hand',
    actions: only('createGroup', 'show'),
  },
  'group gone': {
    reason: 'known from Mode alone, deleted there by hand',
    actions: only('show', 'forgetGroup'),
  },
  'group unknown to the provider': {
    reason: 'created in Mode by hand, unknown to the identity provider',
    actions: only('deleteGroup', 'show'),
  },
  'group renamed by hand': {
    reason: 'renamed in Mode by hand',
    actions: only('renameGroup', 'show'),
  },
  'group with a new name': {
    reason: 'known from Mode alone, renamed there',
    actions: only('takeName', 'takeName'),
  },
  'member added by hand': {
    reason: 'added in Mode by hand',
    actions: only('removeMember', 'takeMember'),
  },
  'member taken out by hand': {
    reason: 'wanted by the identity provider, taken out in Mode by hand',
    actions: only('addMember', 'show'),
  },
  'member gone': {
    reason: 'known from Mode alone, taken out there',
    actions: only('dropMember', 'dropMember'),
  },
  'person unclear': {
    reason: 'could be several people of SCIM, or has the userName of another: sync says who, and what to do',
    actions: always('show'),
  },
  'group unclear': {
    reason: 'has the name of another group of SCIM: rename one of them',
    actions: always('show'),
  },
} as const satisfies Readonly<Record<string, Situation>>;

export type SituationName = keyof typeof situations;

/** What a change means for the access of whom it concerns. */
export const effects: Readonly<Record<Action, 'loses' | 'gains' | 'keeps'>> = {
  show: 'keeps',
  invitePerson: 'gains',
  removePerson: 'loses',
  createGroup: 'gains',
  deleteGroup: 'loses',
  renameGroup: 'keeps',
  takeName: 'keeps',
  forgetGroup: 'keeps',
  addMember: 'gains',
  removeMember: 'loses',
  takeMember: 'keeps',
  dropMember: 'keeps',
};
