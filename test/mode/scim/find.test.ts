/** Finding one person at Mode's SCIM endpoint, with and without filters (RFC 7644 §3.4.2.2). */
import { type Emulated, emulate, invitationOf, overScim, soon, soughtBy } from '../support/emulated.ts';

const ANN = 'ann.lee@acme.example';

type Behaviour = Parameters<Emulated['behave']>[0];

/** An endpoint whose documents were read already. */
const endpoint = async (scim: Behaviour = {}, people = 40) => {
  const emulated = await emulate({ people, scim: { enabled: true, ...scim } }, overScim);
  await emulated.mode.candidates(soughtBy('warm', []), soon());
  return emulated;
};

const counting = async ({ calls }: Emulated, work: () => Promise<unknown>): Promise<number> => {
  const { total } = await calls();
  await work();
  return (await calls()).total - total;
};

const find = async ({ mode }: Emulated, userName: string, addresses: readonly string[] = [userName]) =>
  (await mode.candidates(soughtBy(userName, addresses), soon())).map(({ email }) => email);

describe('a person', () => {
  it('is found by her userName in one call, by an address in a few', async () => {
    const emulated = await endpoint();
    await emulated.scim('POST', '/Users', { userName: 'ann', emails: [{ value: ANN, type: 'work' }] });
    expect(await counting(emulated, async () => expect(await find(emulated, 'Ann', [])).toEqual([ANN]))).toBe(
      1,
    );
    expect(await find(emulated, 'annabel@acme.example', [ANN])).toEqual([ANN]);
  });

  it.each(['ignored', 'refused'] as const)(
    'is found among everybody where a filter is %s, and nobody is taken for her who is not',
    async (filter) => {
      for (const discovery of [true, false]) {
        const emulated = await endpoint({ filter, discovery, maxResults: 10 });
        const all = (await emulated.truth()).members.filter(({ state }) => state === 'active');
        expect(await find(emulated, all[30]?.email ?? '')).toEqual([all[30]?.email]);
        expect(await find(emulated, ANN)).toEqual([]);
        // Four pages of ten, perhaps an empty one, and no filter is tried again.
        expect(await counting(emulated, () => find(emulated, ANN))).toBeLessThanOrEqual(5);
      }
    },
  );

  it('is found though Mode wrote her userName in small letters and a filter minds them', async () => {
    const emulated = await endpoint({ userNames: 'lowered', comparing: 'exact' });
    await emulated.mode.invite(invitationOf('Ann.Lee@acme.example'), soon());
    expect(await find(emulated, 'Ann.Lee@acme.example')).toEqual(['Ann.Lee@acme.example']);
  });

  it('is found though her name has quotes and backslashes in it, and no more than she', async () => {
    const emulated = await endpoint();
    const userName = 'o\'ne"il\\" or userName pr or "@acme.example';
    await emulated.scim('POST', '/Users', { userName, emails: [{ value: ANN }] });
    expect(await find(emulated, userName, [])).toEqual([ANN]);
    expect(await find(emulated, `x" or userName pr or id eq "1`, [])).toEqual([]);
  });

  it('of whom a filter cannot be read is looked for among everybody, and filters are used for others', async () => {
    const emulated = await endpoint();
    const { email = '' } = (await emulated.truth()).members[5] ?? {};
    expect(await find(emulated, email)).toEqual([email]);
    expect(await find(emulated, 'a'.repeat(400), [])).toEqual([]);
    expect(await counting(emulated, () => find(emulated, email))).toBe(1);
  });

  it('is shown as she is by her id, in one call, whatever her names', async () => {
    const emulated = await endpoint();
    const { id } = await emulated.scim('POST', '/Users', { userName: ANN });
    const asked = soughtBy('other', ['other@acme.example'], id);
    const found = await emulated.mode.candidates(asked, soon());
    expect(found).toMatchObject([{ memberToken: id, email: ANN }]);
    expect(await counting(emulated, () => emulated.mode.candidates(asked, soon()))).toBe(1);
  });
});
