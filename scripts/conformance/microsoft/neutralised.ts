/**
 * Where Microsoft's collection insists on what the RFC leaves open or forbids: each place is rewritten in memory, by name
 * and exact text, so that a collection that has changed is noticed instead of judged by accident.
 */
import type { CollectionItem } from './collection.ts';

interface Rewrite {
  readonly requests: readonly string[];
  readonly why: string;
  /** Text in the JSON of the request, and what stands there instead. */
  readonly from: string;
  readonly to: string;
}

const REWRITES: readonly Rewrite[] = [
  {
    requests: ['Get ServiceProviderConfig'],
    why: 'the address is /ServiceProviderConfig, not /serviceConfiguration (RFC 7644 §4)',
    from: 'serviceConfiguration',
    to: 'ServiceProviderConfig',
  },
  {
    requests: ['Patch user omalley new username', 'patch user omalley active with boolean'],
    why: 'PATCH may answer 200 with the resource or 204 (RFC 7644 §3.5.2; ours: 200 for a User)',
    from: 'pm.response.to.have.status(204)',
    to: 'pm.expect(pm.response.code).to.be.oneOf([200, 204])',
  },
  {
    requests: ['Group patch add member', 'Group patch add member2'],
    why: 'a member that does not exist ("string id 1") is refused with 400 here, never taken silently',
    from: 'pm.response.to.have.status(204)',
    to: 'pm.response.to.have.status(400)',
  },
  {
    requests: ['Get group by id'],
    why: 'members have no "displayName" to be echoed (RFC 7643 §8.7.1): looked for by their id instead',
    from: String.raw`to.include(\"new User\")`,
    to: String.raw`to.include(pm.environment.get(\"id4\"))`,
  },
];

const rewriteItem = (item: CollectionItem, used: Set<string>): CollectionItem => {
  let text = JSON.stringify(item);
  for (const { requests, from, to } of REWRITES) {
    if (!requests.includes(item.name) || !text.includes(from)) continue;
    text = text.replaceAll(from, to);
    used.add(`${item.name} ${from}`);
  }
  return JSON.parse(text) as CollectionItem;
};

const rewriteAll = (items: readonly CollectionItem[], used: Set<string>): CollectionItem[] =>
  items.map((item) => (item.item ? { ...item, item: rewriteAll(item.item, used) } : rewriteItem(item, used)));

/** Rewrites the requests. Throws when one of the places is not there any more. */
export const neutralise = (items: readonly CollectionItem[]): CollectionItem[] => {
  const used = new Set<string>();
  const rewritten = rewriteAll(items, used);
  for (const { requests, from } of REWRITES) {
    const lost = requests.find((name) => !used.has(`${name} ${from}`));
    if (lost) throw new Error(`Microsoft's collection has no "${from}" in "${lost}" any more`);
  }
  return rewritten;
};

/** What was neutralised, for a person. */
export const NEUTRALISED: readonly string[] = REWRITES.map(
  ({ requests, why }) => `${requests.map((name) => `"${name}"`).join(', ')}: ${why}`,
);
