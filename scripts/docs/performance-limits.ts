/** The part of docs/performance.md that no program can derive: what stands between the bridge and the limit. */
export const LIMITS = `## What is left, and why

- **One person** is one look-up of a text that is ready; what Express does beside that costs more, so the bridge, whose reads do not
  pass through it, is faster. It grows a little with the directory, because more of the file lies outside of SQLite's cache.
- **A page of 100** costs up to 55 µs more than Express sending a prepared text of the same 140 kB: a third of it is SQLite walking
  to 100 documents and copying them into texts, which the yardstick does not have to do, the rest making bytes and garbage. At
  100,000 people some 35 µs more are the pages of the file, which SQLite's cache cannot hold.
  What Express itself needs for so large an answer changes from run to run (160 to 240 µs), and the ratio with it.
- **A page by index far from where anybody was lately** costs more with each person before it, some 1.7 ms on average among 100,000.
  Providers walk from the beginning; by cursor nothing is skipped.
- **Groups** have no documents: a group is put together for each answer, at 0.57 of Express.
- **Changes** are bounded by the disk: nothing is acknowledged that a power cut could take back
  ([decision 15](decisions/015-group-commit.md)), and each is committed before Mode is called. A change commits three times (the wish,
  who is at work on it, that it is done); in a profile of changes of members 43 % of the time was the commit. A mark says whose
  membership it is about, so that a large group costs what a small one does. Changes of a person cost up to 1.3 times as much among
  100,000 people as among 1,000; why was not profiled.
- **PostgreSQL**: each statement is a message there and back, two for one person, because a revoked token must be refused at once
  by every process.
- **Two instances** bring about twice what one brings, as far as it can be told without the cores. Where all change one and the same
  group, one does it after the other, in whatever process, for all who wait ([decision 13](decisions/013-several-instances.md)), and
  the figure scatters: four runs of that day gave 1.60 to 2.18, 1.87 on average.
- **One run is one run**: a figure differs by a tenth from one to the next, of changes by a fifth. With three rounds instead of five,
  reading by id among 100,000 people once came out at 1.30 of what it cost among 1,000.
- **The start** is loading the program, whatever the number of people.

How it was brought there, and what was tried without gain: [decision 12](decisions/012-fast-reads.md).
`;
