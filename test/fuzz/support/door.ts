/** Shoots at the front door and judges: what is answered, what it cost, and whether anybody but the target changed. */
import { badManners } from '../../idp/support/manners.ts';
import { CPU_LIMIT_MS, measuredAsync } from './cpu.ts';
import { type Problem, shown } from './problem.ts';
import type { Shot } from './shot.ts';
import type { Letter, Reply } from './wire.ts';
import { type Range, SCIM, type World } from './world.ts';

/** Figures over all shots. */
export interface Figures {
  requests: number;
  readonly statuses: Map<number, number>;
  /** The slowest answers, in milliseconds of CPU when each was asked for the first time. */
  readonly slowest: { readonly ms: number; readonly shot: string }[];
}

export const noFigures = (): Figures => ({ requests: 0, statuses: new Map(), slowest: [] });

const SHOWN_SLOWEST = 5;

const count = (figures: Figures, status: number, ms: number, shot: Shot): void => {
  figures.requests += 1;
  figures.statuses.set(status, (figures.statuses.get(status) ?? 0) + 1);
  const least = figures.slowest.at(-1)?.ms ?? 0;
  if (figures.slowest.length >= SHOWN_SLOWEST && ms <= least) return;
  figures.slowest.push({ ms, shot: shown(shot, 300) });
  figures.slowest.sort((a, b) => b.ms - a.ms);
  figures.slowest.length = Math.min(figures.slowest.length, SHOWN_SLOWEST);
};

const rangeOf = (world: World, { strict }: Shot): Range => (strict ? world.strict : world.tolerant);

/** What the placeholders of a shot stand for. */
const fillIn = (world: World, range: Range, text: string): string => {
  const { witness, witnessGroupId } = world;
  const names: Readonly<Record<string, string>> = {
    ...Object.fromEntries(range.people.map((id, place) => [`U${place + 1}`, id])),
    ...Object.fromEntries(range.groups.map((id, place) => [`G${place + 1}`, id])),
    ...Object.fromEntries(range.people.map((id, place) => [`U${place + 1}NAME`, `${id}@fuzz.example`])),
    BASE: world.bridge.server.publicUrl + SCIM,
    CURSOR: range.cursor,
    ...{
      W1: witness.id,
      WNAME: witness.name,
      WMAIL: witness.mail,
      WGROUP: witness.group,
      WG1: witnessGroupId,
    },
  };
  return text.replace(/\{\{([A-Z0-9]+)\}\}/g, (whole, name: string) => names[name] ?? whole);
};

const LONGEST_HEAD = 8_000;

const letterOf = (world: World, shot: Shot): Letter => {
  const range = rangeOf(world, shot);
  const path = fillIn(world, range, shot.path);
  const type = shot.body === undefined ? {} : { 'Content-Type': 'application/scim+json' };
  return {
    // Node answers what is longer than its headers may be before it knows the method, also HEAD with a body.
    method: shot.method === 'HEAD' && path.length > LONGEST_HEAD ? 'GET' : shot.method,
    path: SCIM + (/^[/?]/.test(path) ? path : `/${path}`),
    headers: { Authorization: `Bearer ${range.token}`, ...type, ...shot.headers },
    body: shot.body === undefined ? undefined : fillIn(world, range, shot.body),
  };
};

const REPEATS = 2;

/** Slow is what stays slow when it is asked again: a first answer may pay for a collection of garbage. */
const slowness = async (world: World, letter: Letter, first: number): Promise<readonly Problem[]> => {
  let least = first;
  for (let again = 0; again < REPEATS && least > CPU_LIMIT_MS; again += 1) {
    const [, ms] = await measuredAsync(() => world.wire.send(letter));
    least = Math.min(least, ms);
  }
  if (least <= CPU_LIMIT_MS) return [];
  const what = `slow: ${letter.method} ${letter.path.split(/[?]/)[0]?.replace(/[0-9a-f-]{36}/g, '{id}')}`;
  return [{ what: what.slice(0, 80), detail: `${first.toFixed(0)} ms, again ${least.toFixed(0)} ms of CPU` }];
};

/** 501: /Me. 503: Mode could not be asked; nothing here makes it so, but a rule of Mode may put a change off. */
const isFailure = (status: number): boolean => status >= 500 && status !== 501;

/** By cursor no totals are given (RFC 9865 §2 allows it); a value may be called password. */
const EXCUSED = /^(a counter is|totalResults is) undefined|password/;

const mannersOf = (reply: Reply, { method, path, body = '' }: Letter): readonly string[] => {
  const { status, text } = reply;
  if (method === 'HEAD' || status === 304)
    return text === '' ? [] : [`a body in answer to ${method} ${status}`];
  if (method === 'OPTIONS' && status === 200) return [];
  const projected = /attributes|\.search|bulk/i.test(path);
  const byCursor = /cursor/i.test(path + body);
  return badManners(reply, projected).filter(
    (complaint) => !(EXCUSED.test(complaint) && (byCursor || complaint.includes('password'))),
  );
};

const nameless = (text: string): string =>
  text
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '{id}')
    .replace(/:"(?:[^"\\]|\\.)*"?/g, ':…')
    .replace(/\d+/g, 'N')
    .slice(0, 90);

const judge = (reply: Reply, letter: Letter, errors: readonly string[]): readonly Problem[] => {
  const { status, text } = reply;
  const detail = `${status} ${shown(text, 400)}`;
  const failed = isFailure(status) ? [{ what: `${status}: ${nameless(errors.join(' '))}`, detail }] : [];
  const manners = mannersOf(reply, letter).map((complaint) => ({ what: nameless(complaint), detail }));
  return [...failed, ...(failed.length > 0 ? [] : manners)];
};

/** What was logged as an error since the last look. */
const newErrors = (world: World, from: number): readonly string[] =>
  world.bridge.logged
    .slice(from)
    .map(
      (line) =>
        JSON.parse(line) as { level: string; event: string; error?: { message: string; stack: string } },
    )
    .filter(({ level }) => level === 'error')
    .map(({ event, error }) => `${event}: ${error?.message} ${error?.stack?.split('\n')[1]?.trim() ?? ''}`);

/** Sends one shot and gives what is wrong with the answer. */
export const shoot = async (world: World, shot: Shot, figures: Figures): Promise<readonly Problem[]> => {
  const letter = letterOf(world, shot);
  const logged = world.bridge.logged.length;
  try {
    const [reply, ms] = await measuredAsync(() => world.wire.send(letter));
    const errors = newErrors(world, logged);
    count(figures, reply.status, ms, shot);
    const found = judge(reply, letter, errors);
    const unheard = found.length > 0 ? [] : errors.map((line) => ({ what: nameless(line), detail: line }));
    const slow = await slowness(world, letter, ms);
    return [...found, ...unheard, ...slow].map(({ what, detail }) => ({
      what,
      detail: `${detail}\n  ${errors.join('\n  ')}\n  sent ${shown(letter, 1_500)}`,
    }));
  } catch (error) {
    return [{ what: `no answer: ${nameless(String(error))}`, detail: `sent ${shown(letter)}` }];
  }
};

/** All that the shots say, with what is encoded in it decoded, to see who is named in them. */
export const namedIn = (world: World, shots: readonly Shot[]): string =>
  shots
    .map((shot) => letterOf(world, shot))
    .flatMap(({ path, body = '' }) => [path, body, path.replace(/%([0-9a-f]{2})/gi, unescaped)])
    .join('\n');

const unescaped = (_all: string, hex: string): string => String.fromCharCode(Number.parseInt(hex, 16));
