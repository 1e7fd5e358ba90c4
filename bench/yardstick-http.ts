/** The limit of Node itself: a server without a framework, which reads what comes and answers the bytes that it was told. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Probed } from './load.ts';

let told: Probed = { status: 204, body: '' };

const server = createServer((request, response) => {
  request.resume().on('end', () => {
    response.writeHead(told.status, { 'content-type': 'application/scim+json' });
    response.end(told.body);
  });
});

process.on('message', (probed: Probed) => {
  told = probed;
  process.send?.('told');
});
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.on('SIGTERM', () => process.exit());
process.on('disconnect', () => process.exit());
