import { describeUpstream } from './upstream.contract.ts';

describeUpstream('REST', {});
