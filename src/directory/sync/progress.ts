/** How far a sync is, for whoever watches. */

export interface Progress {
  readonly step: 'people' | 'groups';
  readonly done: number;
  readonly total: number;
}

export type OnProgress = (progress: Progress) => void;

/** For whom nobody watches. */
export const unwatched: OnProgress = () => undefined;
