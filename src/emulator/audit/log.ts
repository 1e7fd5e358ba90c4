/**
 * Puts events into the audit log: who did it, from where, when (mode-api.md §8.3). Fields CONFIRMED-O (Swagger).
 */
import type { Caller } from '../credentials.ts';
import type { Actor, Change } from '../model.ts';
import type { Settings } from '../options.ts';
import type { State } from '../state.ts';
import { draftEvents } from './drafts.ts';

/** Who calls the API. A workspace key belongs to nobody: the workspace itself stands there (assumption). */
export const apiActor = (state: State, caller: Caller | undefined, ip: string, userAgent: string): Actor => ({
  ip,
  user_agent: userAgent,
  user_id: caller?.owner?.memberToken ?? state.workspace.token,
  username: caller?.owner?.username ?? state.workspace.slug,
});

/** Who changes Mode by hand, in its UI: an admin at a desk. */
export const handActor = (state: State): Actor => {
  const [token] = state.admins;
  return {
    ip: '198.51.100.23',
    user_agent: 'Mozilla/5.0 (by hand)',
    user_id: token ?? state.workspace.token,
    username: state.people.get(token ?? '')?.username ?? state.workspace.slug,
  };
};

/** Writes an instant as the audit log does: microseconds (CONFIRMED-O), of which the last three are always 0 here. */
const microseconds = (at: Date): string => at.toISOString().replace('Z', '000Z');

/**
 * Lists the events that a batch makes, as changes that keep them. One batch has one `correlation_id` (assumption).
 * `actor` is undefined for what Mode does by itself.
 */
export const auditChanges = (
  state: State,
  settings: Settings,
  batch: readonly Change[],
  actor: Actor | undefined,
): readonly Change[] => {
  const drafts = draftEvents(state, batch);
  if (drafts.length === 0) return [];
  const correlation = { correlation_id: settings.newUuid() };
  const timestamp = microseconds(settings.now());
  return drafts.map(({ action, entity, context }) => ({
    kind: 'audited',
    event: {
      id: settings.newUuid(),
      action,
      description: action.replaceAll('_', ' '),
      timestamp,
      workspace_username: state.workspace.slug,
      context: { ...correlation, ...context },
      actor: actor ?? handActor(state),
      entity,
    },
  }));
};
