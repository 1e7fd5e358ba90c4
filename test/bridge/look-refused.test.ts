/** A look that Mode forbids, after an answer that was lost, says nothing of the change: it is put off, and not taken back. */
import { expect, test } from '@jest/globals';
import { startBridge } from '../support/bridge.ts';
import { workspaceOf } from '../support/workspace.ts';

test.each([401, 403])(
  'a change whose answer was lost is not taken for refused because the look that follows is: %d',
  async (status) => {
    const bridge = await startBridge({ config: { REQUEST_PATIENCE_MS: '3000', SETTLE_RETRY_MS: '100' } });
    try {
      const mode = workspaceOf(bridge);
      await mode.withoutWebhooks();
      const email = 'ada@acme.example';
      const body = { userName: email, emails: [{ value: email, type: 'work', primary: true }] };
      await mode.fault({ route: 'POST /api/{workspace}/invites', drop: 'after' });
      for (const list of ['memberships', 'memberships/lite'])
        await mode.fault({ route: `GET /api/{workspace}/${list}`, status, times: 2 });
      const statuses: number[] = [];
      for (let tried = 0; tried < 40 && statuses.at(-1) !== 201; tried += 1) {
        statuses.push((await bridge.scim('POST', '/Users', body)).status);
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
      expect([await mode.standing(email), statuses.filter((one) => one !== 503)]).toEqual(['pending', [201]]);
    } finally {
      await bridge.stop();
    }
  },
  60_000,
);
