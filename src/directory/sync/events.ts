/**
 * What is to be looked at after an event of Mode's log: a table of the names that Mode's help page has (mode-api.md §8.3,
 * CONFIRMED-O). Siblings that the page does not name are taken for what their beginning says; all else changes nothing
 * that the bridge keeps. Nobody who joins or is removed is an event, nor is a renamed group: the full sync sees these.
 */
import type { ModeChange } from '../model.ts';

/** Where to look: at the people, at the list of groups, or at who is in the group that the event names. */
export type Look = 'people' | 'groups' | 'members of the group';

const LOOKS: readonly (readonly [action: RegExp, look: Look])[] = [
  // Invited, invited again, another role; whoever is invited is listed from then on.
  [/^org_user_/, 'people'],
  [/^group_member_/, 'members of the group'],
  [/^group_/, 'groups'],
];

/** Where to look after the event; undefined where nothing changed that the bridge keeps. */
export const lookAfter = ({ action }: ModeChange): Look | undefined =>
  LOOKS.find(([pattern]) => pattern.test(action))?.[1];
