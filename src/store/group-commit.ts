/**
 * Several transactions on one commit. A durable commit waits for the disk, and SQLite waits on the thread of the program:
 * with one commit for each, the disk decides how many changes a second there can be, and everybody waits with it. Here a
 * transaction is a savepoint within one of the engine, which is committed once everybody who stood in line when the first
 * ended has had a turn; at once when nobody did. None is answered before (docs/decisions/015-group-commit.md).
 */
import { createTurnstile, type Turnstile } from './turnstile.ts';

/** What is needed of the connection that writes. */
export interface Writer {
  /** Tries the work again while another process writes, without holding up the program. */
  patiently<T>(work: () => T): Promise<T>;
  /** Runs a statement that gives no rows. */
  execute(statement: string): void;
  /** False once the engine has taken a transaction back by itself, as it may when the disk is full. */
  isInTransaction(): boolean;
}

/** One transaction, between `begin` and `commit` or `undo`. */
export interface Member {
  /** Which transaction of the engine it is a part of. */
  readonly group: number;
}

export interface GroupCommit {
  /** Waits for its turn and begins. */
  begin(): Promise<Member>;
  /** Runs a statement of the transaction. Throws, and runs nothing, where the engine has taken it back meanwhile. */
  run<T>(member: Member, work: () => T): T;
  /** Gives up the turn, and resolves once all of it is on disk. Throws where it never will be. */
  commit(member: Member): Promise<void>;
  /** Takes back what the transaction did, and gives up the turn. */
  undo(member: Member): void;
  /** Runs the work in a turn of its own, with everything before it committed. */
  alone<T>(work: () => T): Promise<T>;
}

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** The transaction of the engine, and who waits for its end. */
interface Group {
  /** Another one for each transaction of the engine. */
  number(): number;
  /** Begins unless one is under way. */
  open(): Promise<void>;
  /** After a failure: has the engine taken back more than the statement? */
  heed(error: unknown): void;
  /** Takes back everything since the last commit; whoever waits is told so. */
  giveUp(error: unknown): void;
  commit(): void;
  /** Resolves with the next commit. */
  committed(): Promise<void>;
}

/** `begin` starts a transaction of the engine. */
const createGroup = (writer: Writer, begin: string): Group => {
  let number = 0;
  let isOpen = false;
  let waiting: Waiting[] = [];

  const close = (): readonly Waiting[] => {
    const all = waiting;
    waiting = [];
    isOpen = false;
    number += 1;
    return all;
  };
  const takeBack = (): void => {
    if (writer.isInTransaction()) writer.execute('rollback');
  };
  const giveUp = (error: unknown): void => {
    for (const { reject } of close()) reject(error);
    try {
      takeBack();
    } catch {
      // The next one to begin tries again, and is told.
    }
  };
  return {
    number: () => number,
    giveUp,
    open: async () => {
      if (isOpen) return;
      takeBack();
      await writer.patiently(() => writer.execute(begin));
      isOpen = true;
    },
    heed: (error: unknown): void => {
      if (isOpen && !writer.isInTransaction()) giveUp(error);
    },
    committed: (): Promise<void> => new Promise((resolve, reject) => void waiting.push({ resolve, reject })),
    commit: (): void => {
      if (!isOpen) return;
      try {
        writer.execute('commit');
      } catch (error) {
        giveUp(error);
        return;
      }
      for (const { resolve } of close()) resolve();
    },
  };
};

/** Commits, in the turn of whoever asks for it: now, or when all who are in line have had theirs. */
const createSoon = (turnstile: Turnstile, commit: () => void) => {
  let isInLine = false;
  const standInLine = async (): Promise<void> => {
    isInLine = true;
    await turnstile.enter();
    isInLine = false;
    commit();
    turnstile.leave();
  };
  return (): void => {
    if (!turnstile.isAwaited()) commit();
    else if (!isInLine) void standInLine();
  };
};

/** How a transaction ends. */
const createEndings = (
  writer: Writer,
  { group, turnstile, run }: { group: Group; turnstile: Turnstile; run: GroupCommit['run'] },
): Pick<GroupCommit, 'commit' | 'undo'> => {
  const commitSoon = createSoon(turnstile, group.commit);
  const undo = (member: Member): void => {
    try {
      if (member.group !== group.number()) return;
      writer.execute('rollback to member');
      writer.execute('release member');
      commitSoon();
    } catch (error) {
      // What cannot be taken back alone is taken back with all the others.
      group.giveUp(error);
    } finally {
      turnstile.leave();
    }
  };
  const commit = async (member: Member): Promise<void> => {
    try {
      run(member, () => writer.execute('release member'));
    } catch (error) {
      undo(member);
      throw error;
    }
    const committed = group.committed();
    commitSoon();
    turnstile.leave();
    await committed;
  };
  return { commit, undo };
};

/** The transactions of one writer. `begin` is the statement that starts one of the engine. */
export const createGroupCommit = (writer: Writer, begin: string): GroupCommit => {
  const turnstile = createTurnstile();
  const group = createGroup(writer, begin);
  const run: GroupCommit['run'] = (member, work) => {
    // Else it would run without any transaction around it.
    if (member.group !== group.number()) throw new Error('The database has taken this transaction back.');
    try {
      return work();
    } catch (error) {
      group.heed(error);
      throw error;
    }
  };
  return {
    run,
    ...createEndings(writer, { group, turnstile, run }),
    begin: async () => {
      await turnstile.enter();
      try {
        await group.open();
        writer.execute('savepoint member');
        return { group: group.number() };
      } catch (error) {
        group.heed(error);
        turnstile.leave();
        throw error;
      }
    },
    alone: async (work) => {
      await turnstile.enter();
      try {
        group.commit();
        return await writer.patiently(work);
      } finally {
        turnstile.leave();
      }
    },
  };
};
