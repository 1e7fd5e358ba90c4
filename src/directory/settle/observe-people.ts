/** Learns of single people whether they are still in Mode (2 calls), where a call shows that the record is out of date. */
import { type Deps, isoNow, type ModeCall } from '../deps.ts';
import { recordGone } from '../linking/members.ts';
import type { MemberState } from '../model.ts';

/** Records what Mode says of these members; gives those who are in the workspace, joined. Whoever is not is in no group. */
export const observePeople = async (
  deps: Deps,
  call: ModeCall,
  people: readonly { readonly userId: string; readonly memberToken: string }[],
): Promise<ReadonlySet<string>> => {
  const connectionId = call.connection.id;
  const seenAt = isoNow(deps);
  const listed = await deps.upstreamOf(call.connection).members(call);
  const byToken = new Map(listed.map((member) => [member.memberToken, member]));
  return deps.store.transaction(async (store) => {
    const tokens = people.map(({ memberToken }) => memberToken);
    const known = await store.mode.membersByToken(connectionId, tokens);
    const seen = [...known.values()].map(
      (member) => byToken.get(member.memberToken) ?? { ...member, state: 'former' as const },
    );
    await store.mode.saveMembers(connectionId, seen, seenAt);
    const stateOf = ({ memberToken }: { readonly memberToken: string }) =>
      byToken.get(memberToken)?.state ?? 'former';
    const ids = (isMeant: (state: MemberState) => boolean) =>
      people.filter((person) => isMeant(stateOf(person))).map(({ userId }) => userId);
    await recordGone(
      store,
      connectionId,
      ids((state) => state === 'former'),
      seenAt,
    );
    // Somebody invited anew is in no group either.
    await store.memberships.forgetPresence(
      connectionId,
      ids((state) => state === 'pending'),
      seenAt,
    );
    return new Set(ids((state) => state === 'active'));
  });
};
