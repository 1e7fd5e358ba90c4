/** The part of docs/performance.md that no program can derive: what stands between the bridge and the limit. */
export const LIMITS = `## What is left, and why

- **One person** is one look-up of a text that is ready; what Express does beside that costs more, so the bridge, whose reads do not
  pass through it, is faster. It grows a little with the directory, because more of the file lies outside of SQLite's cache.
- **A page of 100** costs 70 to 100 µs more than Express sending a prepared text of the same 140 kB: a third of it is SQLite walking
  to 100 documents and copying them into texts, which the yardstick does not have to do, the rest making bytes and garbage.
  By processor time that is below the 0.7 that was aimed at from 10,000 people on; by requests a second it is above.
- **A page by index far from where anybody was lately** costs more with each person before it, some 1.7 ms on average among 100,000.
  Providers walk from the beginning; by cursor nothing is skipped.
- **Groups** have no documents: a group is put together for each answer, at 0.6 of Express.
- **Changes** are bounded by the disk: nothing is acknowledged that a power cut could take back
  ([decision 15](decisions/015-group-commit.md)), and each is committed before Mode is called. One member of a large group costs as much
  as one of a small group where changes of one group come one after the other (\`--lines 1\`: 4.4 ms both). Where eight at a
  time change one group, as here, whoever meets another's change compares all members who are not in Mode yet, which in this run
  is everybody: 1.5 to 1.8 times on SQLite, up to six times in PostgreSQL's database. Above the 1.2 that was aimed at.
- **PostgreSQL**: each statement is a message there and back, two for one person, because a revoked token must be refused at once
  by every process. That alone is half of the cost.
- **The start** is loading the program: 0.43 s of processor time.

How it was brought there, and what was tried without gain: [decision 12](decisions/012-fast-reads.md).
`;
