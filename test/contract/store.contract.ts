/** What directory/store/store.ts promises, for every engine alike. */
import type { OpenStore } from '../../src/store/index.ts';
import { describeBulk } from './bulk.contract.ts';
import { describeDocumentAddress } from './document-address.contract.ts';
import { describeDocuments } from './documents.contract.ts';
import { describeEntitlements } from './entitlements.contract.ts';
import { describeFilters } from './filter.contract.ts';
import { describeGroups, describeMemberships, describeMode } from './groups.contract.ts';
import { describeLines } from './lines.contract.ts';
import { describeOrder } from './order.contract.ts';
import { at } from './records.ts';
import { describeTransactions, describeUnsettled } from './unsettled.contract.ts';
import { describeConnections, describeTokens, describeUsers } from './users.contract.ts';

/** Runs the contract; `open` gives an empty store with its tables, which is closed here after each test. */
export const describeStore = (name: string, open: () => Promise<OpenStore>): void => {
  describe(`store on ${name}`, () => {
    let current: OpenStore | undefined;
    const store = (): OpenStore => {
      if (!current) throw new Error('The store is opened before each test.');
      return current;
    };
    beforeEach(async () => {
      current = await open();
    });
    afterEach(async () => {
      await current?.close();
      current = undefined;
    });

    it(`runs on ${name}, with every migration applied`, async () => {
      expect(store().engine).toBe(name);
      expect(await store().pendingMigrations()).toEqual([]);
      expect(await store().migrate()).toEqual([]);
    });

    it('tells of itself: version, clock, size, no migration that is not ours, and that it takes writes', async () => {
      const before = Date.now();
      const { version, sizeBytes, unknownMigrations } = await store().inspect();
      const now = (await store().time?.()) ?? before;
      expect(version).toMatch(/^\d+\./);
      expect(Math.abs(now - before)).toBeLessThan(5_000);
      expect(sizeBytes).toBeGreaterThan(10_000);
      expect(unknownMigrations).toEqual([]);
      await store().tryWriting();
      await store().tryWriting();
      expect((await store().syncs.state('of nobody', at(0))).holder).toBeNull();
    });

    describeConnections(store);
    describeTokens(store);
    describeUsers(store);
    describeGroups(store);
    describeMemberships(store);
    describeMode(store);
    describeEntitlements(store);
    describeUnsettled(store);
    describeTransactions(store);
    describeBulk(store);
    describeFilters(store);
    describeOrder(store);
    describeDocuments(store);
    describeDocumentAddress(store);
    describeLines(store);
  });
};
