/** What can befall a call to Mode (issue 4, proof 2), as the emulated Mode is ordered to do it. */

/** Of the bridges of this suite: short, so that hanging for longer does not take long. */
export const TIMEOUT_MS = 500;
/** Beyond the time-out, within what the bridge holds to be possible. */
const HANG_MS = 900;
export const LATE_MS = 1_200;

export interface Fault {
  readonly name: string;
  readonly order: object;
}

export const FAULTS: readonly Fault[] = [
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
