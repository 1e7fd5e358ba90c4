/** Over REST and Mode's SCIM endpoint together, with a Workspace token, which may not invite (mode-api.md §1). */
import { overBoth } from '../mode/support/emulated.ts';
import { describeTrouble, describeUpstream } from './upstream.contract.ts';

const way = { emulator: { tokenKind: 'workspace' as const, scim: { enabled: true } }, connect: overBoth };

describeUpstream('REST and SCIM', way);
describeTrouble('REST and SCIM', way);
