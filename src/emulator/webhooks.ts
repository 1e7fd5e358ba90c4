/**
 * Sends Mode's outgoing webhooks: POST of JSON with `event` and one URL, unsigned (CONFIRMED-O, mode-api.md §11).
 * `member_joined_organization` with `member_url` is CONFIRMED-O (WH); `member_removed_from_organization` is REPORTED.
 * Retries are UNKNOWN, so there are none: one attempt of 5 seconds, a failure goes to the log.
 */
import type { Person, Workspace } from './model.ts';
import type { Log } from './options.ts';
import type { MemberEvent } from './world.ts';

const TIMEOUT_MS = 5000;

export interface Webhooks {
  readonly send: (urls: readonly string[], body: Record<string, string>) => void;
  readonly close: () => void;
}

/** Writes the payload of an event about one member; the host is Mode's legacy one (CONFIRMED-O). */
export const memberEvent = (event: MemberEvent, workspace: Workspace, person: Person) => ({
  event,
  member_url: `https://modeanalytics.com/api/${workspace.slug}/memberships/${person.membershipToken}?embed[user]=1`,
});

/** Makes the sender; `close` gives up on what is still under way. */
export const createWebhooks = (log: Log): Webhooks => {
  const closing = new AbortController();
  const post = async (url: string, body: Record<string, string>): Promise<void> => {
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal: AbortSignal.any([closing.signal, AbortSignal.timeout(TIMEOUT_MS)]),
      });
      await response.body?.cancel();
      log('emulator.webhook.sent', { url, event: body['event'], status: response.status });
    } catch (error) {
      log('emulator.webhook.failed', { url, event: body['event'], error: String(error) });
    }
  };
  return {
    send: (urls, body) => {
      for (const url of urls) void post(url, body);
    },
    close: () => closing.abort(),
  };
};
