/**
 * What every rule and route is given: the state, the one way to change it, clock, tokens, settings, webhooks.
 */
import { entitled } from './access/records.ts';
import type { Actor, Change, Person } from './model.ts';
import type { Settings } from './options.ts';
import type { State } from './state.ts';

export type MemberEvent = 'member_joined_organization' | 'member_removed_from_organization';

export interface World {
  readonly state: State;
  readonly settings: Settings;
  /** Keeps the changes and the events of the audit log that they make, then applies them: all or none. */
  readonly commit: (changes: readonly Change[], actor?: Actor) => void;
  /** Tells the registered webhooks; returns at once. */
  readonly announce: (event: MemberEvent, person: Person) => void;
}

/** The same world, in which somebody in particular makes the changes. */
export const actingAs = (world: World, actor: Actor): World => ({
  ...world,
  commit: (changes) => world.commit(changes, actor),
});

/** Reads the clock as Mode writes it: ISO 8601, UTC, milliseconds (CONFIRMED-C, DH). */
export const timestamp = (world: World): string => world.settings.now().toISOString();

const isTaken = (state: State, token: string): boolean =>
  state.people.has(token) ||
  state.byMembership.has(token) ||
  state.groups.has(token) ||
  state.signatures.has(token) ||
  entitled(state, token) !== undefined;

/** Makes a token that nothing bears yet. */
export const freshToken = (world: World): string => {
  for (let tries = 0; tries < 100; tries += 1) {
    const token = world.settings.newToken();
    if (!isTaken(world.state, token)) return token;
  }
  throw new Error('newToken keeps giving tokens that are in use.');
};
