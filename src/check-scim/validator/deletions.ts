/** Microsoft's SCIM validator, deletions under its own names (catalogue §1.12; 2 required, 4 preview). */
import { randomUUID } from 'node:crypto';
import { tableOf } from '../check.ts';
import { hasStatus, refused } from '../expect.ts';

const shared = {
  source: 'Microsoft SCIM validator (scimvalidator.microsoft.com)',
  level: 'client',
  profiles: ['entra-validator'],
} as const;

const people = tableOf(
  { ...shared, remedy: 'Answer 204 to the first deletion and 404 to whatever follows.' },
  [
    {
      id: 'entra-validator/delete-a-user',
      title: 'Delete a User',
      run: async ({ scim, person }) => {
        const { path } = await person();
        hasStatus(await scim('DELETE', path), 204);
        refused(await scim('GET', path), 404);
      },
    },
    {
      id: 'entra-validator/preview-delete-a-non-existent-user',
      title: 'Delete a non-existent User (preview)',
      run: async ({ scim }) => refused(await scim('DELETE', `/Users/${randomUUID()}`), 404),
    },
    {
      id: 'entra-validator/preview-delete-the-same-user-twice',
      title: 'Delete the same User twice (preview)',
      run: async ({ scim, person }) => {
        const { path } = await person();
        hasStatus(await scim('DELETE', path), 204);
        refused(await scim('DELETE', path), 404);
      },
    },
  ],
);

const groups = tableOf(
  { ...shared, needs: ['groups'], remedy: 'Answer 204 to the first deletion and 404 to whatever follows.' },
  [
    {
      id: 'entra-validator/delete-a-group',
      title: 'Delete a Group',
      run: async ({ scim, group }) => {
        const { path } = await group();
        hasStatus(await scim('DELETE', path), 204);
        refused(await scim('GET', path), 404);
      },
    },
    {
      id: 'entra-validator/preview-delete-a-non-existent-group',
      title: 'Delete a non-existent Group (preview)',
      run: async ({ scim }) => refused(await scim('DELETE', `/Groups/${randomUUID()}`), 404),
    },
    {
      id: 'entra-validator/preview-delete-the-same-group-twice',
      title: 'Delete the same Group twice (preview)',
      run: async ({ scim, group }) => {
        const { path } = await group();
        hasStatus(await scim('DELETE', path), 204);
        refused(await scim('DELETE', path), 404);
      },
    },
  ],
);

export const validatorDeletions = [...people, ...groups];
