/** Pairs about walking through a list: each page at another instance, somebody new in between. */
import { createPerson } from './people-pairs.ts';
import { type Pair, same } from './walk.ts';

const PAGE = 4;

/** Ids of everybody must come once, also those of the person who is created after the first page, unless it was the last. */
const byCursor: Pair = async (walk, write, read) => {
  const found: string[] = [];
  let cursor: string | undefined = '';
  for (let page = 0; cursor !== undefined; page += 1) {
    const side = page % 2 === 0 ? write : read;
    const answer = await side.ask(
      'GET',
      `/Users?count=${PAGE}&attributes=id&cursor=${encodeURIComponent(cursor)}`,
    );
    same(walk, `page ${page} by cursor at ${side.name}`, [answer.status, 200], answer);
    found.push(...(answer.body.Resources ?? []).map(({ id }: { readonly id: string }) => id));
    cursor = answer.body.nextCursor;
    if (page === 0 && cursor !== undefined) await createPerson(walk, write);
  }
  same(walk, 'walk by cursor', [[...found].sort(), [...walk.people.keys()].sort()]);
};

export const listPairs: readonly (readonly [number, Pair])[] = [[1, byCursor]];
