/**
 * What this run created, so that it can take it away again. Only what carries our name is ever deleted: a server that
 * answers a creation with somebody else's id must not lose that person.
 */
import { arrayOf, dig } from './expect.ts';
import { type Answer, NoAnswer, type Wire } from './wire.ts';

const CREATION = /^\/+(Users|Groups)\/?(\?|$)/;

interface Entry {
  readonly path: string;
  /** Whether an answer showed that the resource carries our name. */
  readonly known: boolean;
}

/** A resource that carries the random prefix of this run in one of its names or addresses. */
const isOurs = (body: unknown, prefix: string): boolean =>
  [
    dig(body, 'userName'),
    dig(body, 'displayName'),
    dig(body, 'externalId'),
    ...arrayOf(dig(body, 'emails')).map((email) => dig(email, 'value')),
  ].some((name) => typeof name === 'string' && name.toLowerCase().includes(prefix));

const idOf = (answer: Answer): string | undefined => {
  const id = dig(answer.body, 'id');
  if (typeof id === 'string' && id !== '') return encodeURIComponent(id);
  return answer.headers.get('location')?.split('/').at(-1);
};

const isGone = ({ status }: Answer): boolean => status < 300 || status === 404;

export interface Ledger {
  /** Looks at an answer: notes what was created, forgets what was deleted. Gives false for a creation that shows somebody else. */
  note(method: string, path: string, answer: Answer): boolean;
  /** Notes what an answer shows besides (bulk). */
  claim(path: string): void;
  /** Deletes what is noted, groups first. Gives the paths of what could not be deleted. */
  clean(wire: Wire): Promise<readonly string[]>;
}

export const createLedger = (prefix: string): Ledger => {
  const entries = new Map<string, Entry>();

  const remove = async (wire: Wire, { path, known }: Entry): Promise<boolean> => {
    const send = (method: string) => wire.send({ method, path, cleaning: true });
    try {
      const seen = known ? undefined : await send('GET');
      if (seen !== undefined && seen.status === 404) return true;
      return (seen === undefined || isOurs(seen.body, prefix)) && isGone(await send('DELETE'));
    } catch (error) {
      if (error instanceof NoAnswer) return false;
      throw error;
    }
  };

  return {
    note: (method, path, answer) => {
      if (answer.status >= 300) return true;
      if (method === 'DELETE') entries.delete(path);
      const endpoint = method === 'POST' ? CREATION.exec(path)?.[1] : undefined;
      const id = endpoint === undefined ? undefined : idOf(answer);
      if (id === undefined) return true;
      const created = `/${endpoint}/${id}`;
      const known = isOurs(answer.body, prefix);
      entries.set(created, { path: created, known });
      return known || dig(answer.body, 'id') === undefined;
    },
    claim: (path) => {
      entries.set(path, { path, known: false });
    },
    clean: async (wire) => {
      const groupsFirst = [...entries.values()].sort((a, b) => a.path.localeCompare(b.path));
      const left: string[] = [];
      for (const entry of groupsFirst) {
        if (!(await remove(wire, entry))) left.push(entry.path);
        entries.delete(entry.path);
      }
      return left;
    },
  };
};

const MOST_ROUNDS = 3;

/** The paths of what still carries our name. */
const stillThere = async (
  wire: Wire,
  endpoint: string,
  attribute: string,
  prefix: string,
): Promise<readonly string[]> => {
  const filter = encodeURIComponent(`${attribute} sw "${prefix}"`);
  const path = `${endpoint}?filter=${filter}&startIndex=1&count=100&attributes=${attribute}`;
  const answer = await wire.send({ method: 'GET', path, cleaning: true });
  const ours = arrayOf(dig(answer.body, 'Resources')).filter((resource) => isOurs(resource, prefix));
  return ours.map((resource) => `${endpoint}/${encodeURIComponent(String(dig(resource, 'id')))}`);
};

const sweepOne = async (
  wire: Wire,
  endpoint: string,
  attribute: string,
  prefix: string,
): Promise<readonly string[]> => {
  let found = await stillThere(wire, endpoint, attribute, prefix);
  for (let round = 0; round < MOST_ROUNDS && found.length > 0; round += 1) {
    for (const path of found) await wire.send({ method: 'DELETE', path, cleaning: true });
    found = await stillThere(wire, endpoint, attribute, prefix);
  }
  return found;
};

/** Looks for whatever else carries our name (created although no answer came) and deletes it. Gives what stays. */
export const sweep = async (wire: Wire, prefix: string): Promise<readonly string[]> => {
  const left: string[] = [];
  for (const [endpoint, attribute] of [
    ['/Groups', 'displayName'],
    ['/Users', 'userName'],
  ] as const) {
    try {
      left.push(...(await sweepOne(wire, endpoint, attribute, prefix)));
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      left.push(`${endpoint} (could not be searched for what is left: ${error.message})`);
    }
  }
  return left;
};
