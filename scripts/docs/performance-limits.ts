/** The part of docs/performance.md that no program can derive: what stands between the bridge and the limit. */
export const LIMITS = `## What is left, and why

Not written yet: the read path is being worked on.
`;
