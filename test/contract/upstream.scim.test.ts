import { describeUpstream } from './upstream.contract.ts';

describeUpstream('SCIM', {
  emulator: { scim: { enabled: true } },
  connect: ({ url, workspace, scimUrl, scimToken }) => ({
    connection: { modeUrl: url, workspace, wayIn: 'scim' },
    credentials: { scim: { url: scimUrl, token: scimToken } },
  }),
});
