/** How far Mode's clock is from ours, learnt from the `Date` of its answers (RFC 9110 §6.6.1): no call is made for it. */

export interface Clock {
  /** Takes the header of an answer to a call that was sent and answered at these instants (epoch milliseconds). */
  hear(date: unknown, sentAt: number, answeredAt: number): void;
  /** By how many milliseconds Mode was ahead of us at its last answer, to a second; null before the first. */
  aheadMs(): number | null;
}

/** The header has no fractions: on average half a second has gone by. */
const HALF_A_SECOND = 500;

/** Makes a clock that has heard nothing yet. */
export const createClock = (): Clock => {
  let ahead: number | null = null;
  return {
    hear: (date, sentAt, answeredAt) => {
      const theirs = typeof date === 'string' ? Date.parse(date) : Number.NaN;
      if (!Number.isNaN(theirs)) ahead = Math.round(theirs + HALF_A_SECOND - (sentAt + answeredAt) / 2);
    },
    aheadMs: () => ahead,
  };
};
