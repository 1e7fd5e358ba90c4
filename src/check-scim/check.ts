/** What a check is: one rule about a SCIM server, with its source, and a function that tries it. Tables of them are below. */
import type { Context } from './context.ts';
import type { Need } from './features.ts';

export const PROFILES = ['entra', 'entra-validator', 'okta', 'rfc'] as const;
export type Profile = (typeof PROFILES)[number];

/** `must`: the standard demands it. `should`: it recommends it. `client`: a real identity provider fails without it. */
export type Level = 'must' | 'should' | 'client';

export interface Check {
  /** A number of the checklist (`T037`) or `profile-section-subject`; unique and stable across releases. */
  readonly id: string;
  /** What holds when the check passes, as a sentence. */
  readonly title: string;
  /** Where it is written down. */
  readonly source: string;
  readonly level: Level;
  readonly profiles: readonly Profile[];
  readonly needs: readonly Need[];
  /** What to do about a failure, in plain words. */
  readonly remedy: string;
  /** `together` with others (the rule), `alone` when others would disturb it, `last` after all others. */
  readonly when: 'together' | 'alone' | 'last';
  /** Throws Unmet when the server does not do what the title says. */
  readonly run: (context: Context) => Promise<void>;
}

type Shared = Pick<Check, 'source' | 'level' | 'profiles' | 'remedy'> &
  Partial<Pick<Check, 'needs' | 'when'>>;
type Row = Pick<Check, 'id' | 'title' | 'run'> & Partial<Check>;

/** A table of checks about one subject: what they share, then each with what is its own. */
export const tableOf = (shared: Shared, rows: readonly Row[]): readonly Check[] =>
  rows.map((row) => ({ needs: [], when: 'together', ...shared, ...row }));
