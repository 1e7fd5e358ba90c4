import { describeTrouble, describeUpstream } from './upstream.contract.ts';

describeUpstream('REST', {});
describeTrouble('REST', {});
