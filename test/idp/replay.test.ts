/**
 * Replays the recorded requests of SCIM clients on a whole bridge: what `test/idp/<client>/*.json` says is sent byte for
 * byte, and the answer, the record, the log and the emulated Mode must be as the file says. Evidence for each request:
 * idp-clients.md. `test/idp/_wrong/` holds what the bridge does not do yet; `IDP_WRONG=1` replays it too.
 *
 * One file is one flow, in one language (an unknown key fails the file):
 *
 *   client, title      whose requests; what happens, as a sentence: the name of the test
 *   source             section of idp-clients.md with its evidence mark
 *   proves             ids of its section 7
 *   strict, wayIn      a connection of its own that is strict; that lets people sign in by SAML ("jit")
 *   directory: "empty" a connection of its own, without anybody
 *   headers            sent with each request; null takes one away. Authorization is `Bearer {{TOKEN}}` unless said
 *   secrets            texts that must stand in no answer and no log line; tokens never may
 *   steps              in order; each is one of
 *     { request, response, … }            one exchange, see below
 *     { joins: [e-mail …], mode? }        people accept Mode's invitation; the bridge has heard of it
 *     { edits: { op … } }               somebody changes Mode by hand (src/emulator/control-edit.ts)
 *     { issues: NAME, expired? }, { revokes: NAME }   SCIM tokens of the connection
 *
 *   request   method; path below /scim/v2 as written (only what HTTP cannot carry, space and quotes, is encoded); headers;
 *             body: JSON, or a text as it is; onto: NAME puts the body's attributes onto a kept answer (PUT after GET);
 *             gzip: the body goes compressed
 *   atOnce    further requests, sent at the same moment; all must be answered as `response` says
 *   times     how often; {{N}} counts from 1
 *   response  status; headers (`/regex/` or exact; null: absent); scimType; absent: paths such as "emails/0/type";
 *             listOf: exactly these ids, in any order; withinMs;
 *             body: a part of the answer. Objects may hold more, arrays are exact. Marks in place of a value:
 *             {$match: regex} {$not: value} {$has: [elements among others]} {$sameSet: [elements in any order]}
 *   keep      NAME: path of the answer ("." is all of it), for {{NAME}} in later steps and in this body
 *   calls     how often Mode was called
 *   mode      people: e-mail → pending | active | former | unknown; groups: name → e-mails, null when there is none
 *   logged    texts that the log must hold
 *
 * Also {{BASE}}, {{OTHER_TOKEN}} (of another connection), {{repeat 50 x}}, and {"$repeat": 3, "of": element} in arrays.
 * What every answer must fulfil is in support/manners.ts.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Bridge, startBridge } from '../support/bridge.ts';
import { clientFolders, readFlows } from './support/flow.ts';
import { playFlow } from './support/play.ts';
import { hangUp } from './support/wire.ts';

const HERE = import.meta.dirname;
const folders = [...clientFolders(HERE), ...(process.env['IDP_WRONG'] ? ['_wrong'] : [])];

afterAll(hangUp);

describe.each(folders)('%s', (folder) => {
  let bridge: Bridge;
  beforeAll(async () => {
    bridge = await startBridge({
      config: { PUBLIC_URL: 'https://scim.example.com', BODY_LIMIT_BYTES: '2000000' },
    });
  });
  afterAll(() => bridge.stop());

  for (const { file, flow } of readFlows(`${HERE}/${folder}`)) {
    test(`${flow.title} (${flow.proves.join(' ') || file})`, () => playFlow(bridge, flow));
  }
});

test('the files are of the client in whose folder they lie, and what is known to be wrong can be read', () => {
  for (const folder of clientFolders(HERE))
    for (const { file, flow } of readFlows(`${HERE}/${folder}`))
      expect([file, flow.client]).toEqual([file, folder]);
  expect(readFlows(`${HERE}/_wrong`)).toBeDefined();
});
