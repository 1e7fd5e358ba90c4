/** Answers of shapes that the emulator does not produce: too much, too slow, cut off, older types (mode-api.md §2). */
import { answering, reply } from './support/answering.ts';
import { collect, failureOf, invitationOf, leaverOf, soon } from './support/emulated.ts';
import { fastTiming } from './support/fast-timing.ts';

describe('an answer', () => {
  it('past the size bound is given up', async () => {
    const { mode } = await answering(
      (_request, response) => {
        const mebibyte = Buffer.alloc(1024 * 1024, 0x20);
        response.writeHead(200, { 'content-type': 'application/hal+json' });
        const pour = (left: number): void => {
          if (left === 0 || response.destroyed) response.end('{}');
          else response.write(mebibyte, () => pour(left - 1));
        };
        pour(66);
      },
      { timing: { ...fastTiming, now: Date.now } },
    );
    const failure = await failureOf(mode.verify({ deadline: Date.now() + 20_000, priority: 'request' }));
    expect(failure).toMatchObject({
      code: 'mode.http.unreadable',
      message: expect.stringContaining('too large'),
    });
  });

  it('that trickles without end is given up in time', async () => {
    const { mode } = await answering(
      (_request, response) => {
        response.writeHead(200);
        const timer = setInterval(() => response.write(' '), 10);
        response.on('close', () => clearInterval(timer));
      },
      { timeoutMs: 150 },
    );
    expect(await failureOf(mode.createGroup('Data', soon()))).toMatchObject({ code: 'mode.http.no-answer' });
  });

  it('cut off in the middle leaves a change undecided', async () => {
    const { mode } = await answering((_request, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('{"token"', () => response.destroy());
    });
    expect(await failureOf(mode.createGroup('Data', soon()))).toMatchObject({ code: 'mode.http.no-answer' });
  });

  it('without body is enough for a removal, and for nothing else', async () => {
    const { mode } = await answering(reply(204, ''));
    await mode.removeMember(leaverOf('aaaaaaaaaaaa'), soon());
    expect(await failureOf(mode.createGroup('Data', soon()))).toMatchObject({ code: 'mode.http.unreadable' });
  });

  it('may have numbers for ids, text for booleans, and fields nobody knows', async () => {
    const row = {
      token: 851572280993,
      name: 'Data',
      state: 'active',
      group_type: null,
      managed: 'true',
      news: [1],
    };
    const { mode } = await answering(
      reply(200, { _embedded: { groups: [row] }, pagination: { page: '1', total_pages: '1' } }),
    );
    expect(await collect(mode.groups(soon()))).toEqual([
      { groupToken: '851572280993', name: 'Data', state: 'active', groupType: null, managed: true },
    ]);
  });

  it('to an invitation need not name the person', async () => {
    for (const body of [
      {},
      { _links: null },
      { _links: { invitee: { href: 7 } } },
      { _links: { invitee: { href: '/api/' } } },
    ]) {
      const { mode } = await answering(reply(200, body));
      expect(await mode.invite(invitationOf('a@b.example'), soon())).toEqual({
        username: null,
        member: null,
        provisionedId: null,
      });
    }
  });
});
