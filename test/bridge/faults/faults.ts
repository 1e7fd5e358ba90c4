/** What can befall a call to Mode (issue 4, proof 2), and the look that follows it, as the emulated Mode is ordered to do it. */

/** Of the bridges of this suite: short, so that hanging for longer does not take long. */
export const TIMEOUT_MS = 500;
/** Beyond the time-out, within what the bridge holds to be possible. */
const HANG_MS = 900;
export const LATE_MS = 1_200;

export interface Fault {
  readonly name: string;
  readonly order: object;
  /** What befalls the look that follows, at each list and each person that may be asked for. */
  readonly look?: object;
}

const ONE: readonly Fault[] = [
  { name: '500', order: { status: 500 } },
  { name: '503', order: { status: 503 } },
  { name: 'the connection dropped before the effect', order: { drop: true } },
  { name: 'the connection dropped after the effect', order: { drop: 'after' } },
  { name: 'an answer too late, and the effect as well', order: { delayMs: HANG_MS } },
  { name: 'an answer too late, after the effect', order: { delayMs: HANG_MS, after: true } },
  { name: '504 after the effect', order: { status: 504, after: true } },
  { name: 'half a body after the effect', order: { malformed: true } },
  { name: '400 after the effect', order: { status: 400, after: true } },
  { name: '401', order: { status: 401 } },
  { name: '429 without Retry-After', order: { status: 429 } },
  { name: '429 with Retry-After', order: { status: 429, headers: { 'Retry-After': '1' } } },
];

/** What befalls the look, by which it shall be known whether a change without an answer took effect. */
const LOOKS: readonly Fault[] = [
  { name: '500', order: { status: 500 } },
  { name: 'the connection dropped', order: { drop: true } },
  { name: 'half a body', order: { malformed: true } },
  { name: '403', order: { status: 403 } },
];

/** The client asks again by itself: this often it is in vain. */
const LOOKS_IN_VAIN = 3;

const lost = (when: 'before' | 'after', look: Fault): Fault => ({
  name: `the connection dropped ${when} the effect, and at the look that follows: ${look.name}`,
  order: { drop: when === 'before' ? true : when },
  look: { ...look.order, times: LOOKS_IN_VAIN },
});

/** Two in a row. */
const TWO: readonly Fault[] = LOOKS.flatMap((look) => [lost('after', look), lost('before', look)]);

/** Those that stand for the others where time is short. */
export const SAMPLE: readonly Fault[] = [...ONE, ...TWO].filter(
  ({ name }) => name === 'the connection dropped after the effect' || name.endsWith('look that follows: 500'),
);

/** Whether the call that fails has done its work, so that it is not made again. */
const isAfter = ({ name }: Fault): boolean => /after the effect|the effect as well/.test(name);
const isPause = ({ name }: Fault): boolean => name.startsWith('429');

/**
 * In the order in which one bridge meets them: where a call failed and was needless after all, one follows that is made again and
 * taken, or its route would count as down; those after which the throttle is slow for a while come last.
 */
const alternating = (faults: readonly Fault[]): readonly Fault[] => {
  const quick = faults.filter((fault) => !isPause(fault));
  const [done, undone] = [quick.filter(isAfter), quick.filter((fault) => !isAfter(fault))];
  const pairs = done.flatMap((fault, index) => [fault, ...undone.slice(index, index + 1)]);
  return [...pairs, ...undone.slice(done.length), ...faults.filter(isPause)];
};

export const FAULTS: readonly Fault[] = alternating([...ONE, ...TWO]);
