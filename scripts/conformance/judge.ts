/** What a judge is: somebody else's suite, run against a server from outside. */

export interface Address {
  /** Without a slash at the end. */
  readonly scimBaseUrl: string;
  readonly scimToken: string;
}

/** The server that is judged, and where the suites lie. */
export interface Target extends Address {
  /** Folder with the suites that are data (`conformance/…`). */
  readonly sharedDir: string;
}

/** The server that a judge assumes. Suites contradict each other, so there is more than one. */
export type Profile = 'sandbox' | 'empty, tolerant' | 'empty, strict';

export interface Verdict {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** What the numbers count, or why nothing was judged. */
  readonly note: string;
  /** One text per failure: what was asked, what was expected, what came. */
  readonly failures: readonly string[];
  /** What of the suite was left out or turned round because the suite is wrong there: what, and why. */
  readonly neutralised?: readonly string[];
}

export interface Judge {
  readonly name: string;
  readonly profile: Profile;
  readonly run: (target: Target) => Promise<Verdict>;
}

/** The verdict of a judge that cannot run here. */
export const notJudged = (note: string): Verdict => ({
  passed: 0,
  failed: 0,
  skipped: 1,
  note,
  failures: [],
});

/** The verdict of a judge that broke down: never a pass. */
export const brokenJudge = (error: unknown): Verdict => {
  const message = error instanceof Error ? error.message : String(error);
  return { passed: 0, failed: 1, skipped: 0, note: 'the judge itself failed', failures: [message] };
};
