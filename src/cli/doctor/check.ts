/** What a check is, and how a table of them is run: side by side, each with its own time limit, none hiding another. */
import { setTimeout } from 'node:timers/promises';
import { AppError } from '../../errors.ts';
import { inWords } from '../output.ts';

/** `skip`: it could not be looked at, because of something that another line tells. */
export type Status = 'ok' | 'warn' | 'fail' | 'skip';

export interface Finding {
  readonly status: Status;
  readonly what: string;
  readonly remedy: string | null;
}

/** A finding with what it is about. */
export interface Line extends Finding {
  readonly check: string;
  /** Name of the connection; null where it is about the installation. */
  readonly connection: string | null;
}

export interface Check<S> {
  readonly name: string;
  readonly look: (subject: S) => Promise<readonly Finding[]> | readonly Finding[];
}

const finding =
  (status: Status) =>
  (what: string, remedy: string | null = null): Finding => ({ status, what, remedy });

export const ok = finding('ok');
export const warn = finding('warn');
export const fail = finding('fail');
export const skip = finding('skip');

const failed = (error: unknown): Finding =>
  error instanceof AppError ? fail(inWords(error)) : fail(`This could not be looked at: ${inWords(error)}`);

/** Longer than any look at Mode takes (probe/tries.ts); what takes longer hangs. */
const LIMIT_MS = 40_000;

const look = async <S>(check: Check<S>, subject: S): Promise<readonly Finding[]> => {
  const hanging = async (): Promise<readonly Finding[]> => {
    await setTimeout(LIMIT_MS, undefined, { ref: false });
    return [fail(`No answer within ${LIMIT_MS / 1000} s.`)];
  };
  try {
    return await Promise.race([Promise.resolve(check.look(subject)), hanging()]);
  } catch (error) {
    return [failed(error)];
  }
};

/** Runs a table of checks; the lines are in the order of the table. */
export const examine = async <S>(
  checks: readonly Check<S>[],
  subject: S,
  connection: string | null = null,
): Promise<readonly Line[]> => {
  const found = await Promise.all(
    checks.map(async (check) => {
      const findings = await look(check, subject);
      return findings.map((one): Line => ({ check: check.name, connection, ...one }));
    }),
  );
  return found.flat();
};
