/**
 * How long Mode may still show what is gone: the Terraform provider asks for up to 60 s whether a deletion took effect
 * (mode-api.md §6, INFERRED), and the clocks of two processes differ a little. For so long nobody who left, and no group
 * that was deleted, is taken for a newcomer.
 */
const LAG_MS = 60_000;

const later = (instant: string, ms: number): string => new Date(Date.parse(instant) + ms).toISOString();

/** What went from Mode at that instant or later may still be in a listing that was asked for at `seenAt`. */
export const stillShownSince = (seenAt: string): string => later(seenAt, -LAG_MS);

/** Until when a listing that is asked for may still show what went from Mode at `goneAt`. */
export const stillShownUntil = (goneAt: string): string => later(goneAt, LAG_MS);
