/** Counts invitations against wishes: nobody is invited more often than somebody asked for it. */
import type { Answered } from './gate.ts';
import type { History } from './history.ts';

export interface Invitations {
  /** Somebody asks for her to be in Mode, perhaps anew. */
  wanted(email: string): void;
  /** It is asked for once more: a wish of its own where somebody asked for the opposite since, and may have had it. */
  wantedStill(email: string): void;
  /** Somebody asks for her to be out, or took her out: whoever wants her after that may invite her again. */
  unwanted(email: string): void;
  hear(answered: Answered): void;
  /** Writes that Mode refused because they had taken effect before: harmless, but calls too many. */
  refusedRepeats(): number;
  twice(): number;
}

interface Standing {
  wishes: number;
  sent: number;
  /** Nobody asked for her to be out since the last invitation. */
  isIn: boolean;
  /** Somebody asked for her to be out since somebody asked for her to be in. */
  isOpposed: boolean;
}

export const createInvitations = (history: History): Invitations => {
  const people = new Map<string, Standing>();
  let refusedRepeats = 0;
  let twice = 0;
  const standingOf = (email: string): Standing => {
    const known = people.get(email) ?? { wishes: 0, sent: 0, isIn: false, isOpposed: false };
    people.set(email, known);
    return known;
  };
  const invited = (email: string, isAgain: boolean): void => {
    const standing = standingOf(email);
    standing.sent += 1;
    if (standing.sent > standing.wishes || (isAgain && standing.isIn)) {
      twice += 1;
      const how = `for the ${standing.sent}th time, wanted ${standing.wishes} times`;
      history.problem(`TWICE ${email} was invited ${how}`, [email]);
    }
    standing.isIn = true;
  };
  const wanted = (email: string): void => {
    const standing = standingOf(email);
    standing.wishes += 1;
    standing.isOpposed = false;
  };
  return {
    wanted,
    wantedStill: (email) => {
      if (standingOf(email).isOpposed) wanted(email);
    },
    unwanted: (email) => {
      const standing = standingOf(email);
      standing.isIn = false;
      standing.isOpposed = true;
    },
    hear: ({ method, path, body, status, answer }) => {
      if (method !== 'POST') return;
      if (status === 400 && /already/.test(answer)) refusedRepeats += 1;
      if (path.endsWith('/invites') && status === 200)
        invited(JSON.parse(body).invite.invitee.email, JSON.parse(answer).resent_at !== undefined);
    },
    refusedRepeats: () => refusedRepeats,
    twice: () => twice,
  };
};
