/**
 * The yardstick: what Express can do at most. It reads bodies as JSON, keeps nothing, and answers the bytes that it was
 * told, at the addresses of the bridge. What Express adds by itself and the bridge does not use is off, as it is there.
 */
import type { AddressInfo } from 'node:net';
import express, { type RequestHandler } from 'express';
import type { Probed } from './load.ts';

let told: Probed = { status: 204, body: '' };

const answer: RequestHandler = (_request, response) => {
  response.status(told.status).type('application/scim+json').send(told.body);
};

const app = express();
app.disable('x-powered-by');
app.set('etag', false);
app.use(express.json({ type: 'application/scim+json', limit: '4mb' }));
for (const path of ['/scim/v2/Users', '/scim/v2/Groups']) {
  app.get(path, answer);
  app.post(path, answer);
  app.get(`${path}/:id`, answer);
  app.put(`${path}/:id`, answer);
  app.patch(`${path}/:id`, answer);
}
app.post('/scim/v2/Bulk', answer);

process.on('message', (probed: Probed) => {
  told = probed;
  process.send?.('told');
});
const server = app.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.on('SIGTERM', () => process.exit());
process.on('disconnect', () => process.exit());
