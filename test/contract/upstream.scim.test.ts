/** Over Mode's SCIM endpoint, as friendly as it may be and as hard: its wire is UNKNOWN (mode-api.md §10). */
import type { EmulatorOptions } from '../../src/emulator/server.ts';
import { overScim } from '../mode/support/emulated.ts';
import { describeTrouble, describeUpstream } from './upstream.contract.ts';

const way = (scim: EmulatorOptions['scim']) => ({
  emulator: { scim: { enabled: true, ...scim } },
  connect: overScim,
});

describeUpstream('SCIM', way({}));
describeTrouble('SCIM', way({}));

describeUpstream(
  'SCIM by PUT, undocumented, without filter, that counts pages',
  way({
    discovery: false,
    updates: 'put',
    unsupportedStatus: 404,
    filter: 'ignored',
    totals: 'page',
    maxResults: 25,
    userNames: 'lowered',
    changed: 'nothing',
  }),
);

describeUpstream(
  'SCIM by PATCH alone, by cursor, that refuses filters and counts nothing',
  way({
    updates: 'patch',
    unsupportedStatus: 405,
    userDeletes: false,
    filter: 'refused',
    paging: 'cursor',
    totals: 'none',
    maxResults: 50,
  }),
);
