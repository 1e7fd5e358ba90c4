/** What processes that call one Mode tell each other. */
import type { OpenStore } from '../../src/store/index.ts';
import { at } from './records.ts';

const line = (owner: string, modeUrl = 'https://mode.example') => ({ connectionId: 'one', modeUrl, owner });

/** The contract of LineStore. */
export const describeLines = (store: () => OpenStore): void => {
  describe('what processes tell each other', () => {
    it('gives what the others say last, until it runs out, and of the same Mode alone', async () => {
      const { lines } = store();
      expect(await lines.exchange(line('a'), { says: 'A', now: at(0), until: at(10) })).toEqual([]);
      expect(await lines.exchange(line('b'), { says: 'B', now: at(1), until: at(5) })).toEqual([
        { says: 'A', saidAt: at(0) },
      ]);
      expect(await lines.exchange(line('a'), { says: 'A2', now: at(2), until: at(20) })).toEqual([
        { says: 'B', saidAt: at(1) },
      ]);
      const elsewhere = line('c', 'https://other.example');
      expect(await lines.exchange(elsewhere, { says: 'C', now: at(3), until: at(30) })).toEqual([]);
      expect(await lines.exchange(line('a'), { says: 'A3', now: at(5), until: at(20) })).toEqual([]);
      // What has run out is gone, whatever the clock of who asks next says.
      expect(await lines.exchange(line('a'), { says: 'A4', now: at(4), until: at(20) })).toEqual([]);
    });
  });
};
