/** For which address documents are written: the last instance that begins to serve decides, and others find out. */
import { formatOf as findFormat, type Manner } from '../../src/directory/documents.ts';
import type { OpenStore } from '../../src/store/index.ts';
import { depsOf } from './documents.contract.ts';

const [HERE, THERE] = ['https://here.example/scim/v2', 'https://there.example/scim/v2'];

const mannerOf = (layout: number, address: string): Manner => ({
  layout,
  address,
  write: () => ({ document: '{}', version: '' }),
});

const formatOf = async (...asked: Parameters<typeof findFormat>): Promise<number> =>
  (await findFormat(...asked)).format;

export const describeDocumentAddress = (store: () => OpenStore): void => {
  describe('the address of documents', () => {
    it('has a higher number each time that it is another, and keeps it while it is the same', async () => {
      const { addressNumber, claimAddress } = store().documents;
      expect(await addressNumber(HERE)).toBeUndefined();
      const first = await claimAddress(HERE);
      expect(await claimAddress(HERE)).toBe(first);
      expect(await addressNumber(HERE)).toBe(first);
      const second = await claimAddress(THERE);
      expect(second).toBeGreaterThan(first);
      expect([await addressNumber(HERE), await addressNumber(THERE)]).toEqual([undefined, second]);
      expect(await store().documents.currentAddress()).toBe(THERE);
      expect(await claimAddress(HERE)).toBeGreaterThan(second);
      expect(await addressNumber(THERE)).toBeUndefined();
    });

    it('has one number for all that begin there at once', async () => {
      await store().documents.claimAddress(THERE);
      const claims = Array.from({ length: 20 }, () => store().documents.claimAddress(HERE));
      expect(new Set(await Promise.all(claims)).size).toBe(1);
    });

    it('has the number that whoever claimed it last was given, though others do at once', async () => {
      const addresses = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? HERE : THERE));
      const claimed = await Promise.all(
        addresses.map(async (address) => ({
          address,
          number: await store().documents.claimAddress(address),
        })),
      );
      const last = claimed.reduce((one, other) => (one.number < other.number ? other : one));
      expect(await store().documents.addressNumber(last.address)).toBe(last.number);
      const byNumber = new Map(claimed.map(({ address, number }) => [number, address]));
      for (const { address, number } of claimed) expect(byNumber.get(number)).toBe(address);
    });

    it('makes the format: a later address outdoes an earlier one, a later layout every address', async () => {
      const deps = depsOf(store());
      const first = await formatOf(deps, mannerOf(2, HERE));
      expect(await formatOf(deps, mannerOf(2, HERE))).toBe(first);
      const second = await formatOf(deps, mannerOf(2, THERE));
      const later = await formatOf(deps, mannerOf(3, HERE));
      const last = await formatOf(deps, mannerOf(2, THERE));
      expect([first, second, last, later]).toEqual([first, second, last, later].sort((a, b) => a - b));
      expect(new Set([first, second, last, later]).size).toBe(4);
      // Formats before addresses were part of them, whose documents held none.
      expect(first).toBeGreaterThan(1);
    });

    it('is left to whoever began later, and taken up again when it is the same once more', async () => {
      const deps = depsOf(store());
      const mine = await formatOf(deps, mannerOf(2, HERE));
      const others = await formatOf(deps, mannerOf(2, THERE));
      expect(await formatOf(deps, mannerOf(2, HERE), mine)).toBe(mine);
      expect(await formatOf(deps, mannerOf(2, THERE), others)).toBe(others);
      const third = await formatOf(deps, mannerOf(2, HERE));
      expect(third).toBeGreaterThan(others);
      expect(await formatOf(deps, mannerOf(2, HERE), mine)).toBe(third);
    });

    it('leaves room for 31 layouts and many million addresses in what both databases keep', async () => {
      const many = { store: { documents: { addressNumber: async () => 2 ** 26 - 1 } } };
      const last = await formatOf(many as never, mannerOf(31, HERE));
      expect(last).toBe(2 ** 31 - 1);
      expect(await store().documents.outdateFormats(last)).toBe(false);
    });
  });
};
