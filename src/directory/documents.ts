/**
 * People written down as SCIM shows them, so that reading is looking up. The database itself marks what a change outdates
 * (store/migrations/0009-documents.ts); here the marked are written anew, a little later and in the background. Until then,
 * and wherever there is no document, a person is put together from the record, with the same result.
 */
import type { Call, Deps } from './deps.ts';
import type { Query } from './query.ts';
import type { DocumentPage, Mark, PersonDocument } from './store/documents.ts';
import { type UserView, viewUsers } from './user-view.ts';

/** How this program writes people down at this address. */
export interface Manner {
  /** A number that grows with each change of what people look like. */
  readonly layout: number;
  readonly address: string;
  readonly write: (view: UserView) => PersonDocument;
}

/** The same with what marks such documents: a higher `format` makes all that was written before void. */
export interface Writer extends Pick<Manner, 'write'> {
  readonly format: number;
}

/** Addresses that one layout may have had. Formats are integers of 32 bits: there is room for 31 layouts. */
const ADDRESSES = 2 ** 26;

/** In which format documents are. */
export interface Format {
  readonly format: number;
  /** Whether they are written for this address, not for that of an instance that began later. */
  readonly isOwn: boolean;
}

/**
 * In which format documents in this manner are. The last instance that begins to serve decides for which address they are
 * written; the others put people together, unless theirs becomes that one again, and keep the format `known` until then.
 */
export const formatOf = async (
  { store: { documents } }: Deps,
  { layout, address }: Manner,
  known?: number,
): Promise<Format> => {
  const number = await documents.addressNumber(address);
  if (number === undefined && known !== undefined) return { format: known, isOwn: false };
  const own = number ?? (await documents.claimAddress(address));
  return { format: layout * ADDRESSES + own, isOwn: true };
};

/** Marks that are worked on at a time: some 10 ms of work. */
const AT_A_TIME = 100;

/** A person's document; undefined when there is none that is true. */
export const findDocument = (
  deps: Deps,
  { connection }: Call,
  id: string,
  format: number,
): Promise<PersonDocument | undefined> => deps.store.documents.find(connection.id, id, format);

/** The documents of a page of people; undefined when not all of them can be told so. */
export const listDocuments = (
  deps: Deps,
  { connection }: Call,
  query: Query,
  format: number,
): Promise<DocumentPage | undefined> => deps.store.documents.list(connection.id, query, format);

const rewrite = async (deps: Deps, marks: readonly Mark[], { format, write }: Writer): Promise<boolean> => {
  const connectionId = marks[0]?.connectionId ?? '';
  const mine = marks.filter((mark) => mark.connectionId === connectionId);
  const ids = [...new Set(mine.map(({ subject }) => subject))];
  const connection = await deps.store.connections.find(connectionId);
  const people = connection ? await deps.store.users.findMany(connectionId, ids) : [];
  const views = connection ? await viewUsers(deps, { connection, deadline: 0 }, people) : [];
  const documents = new Map(views.map((view) => [view.user.id, write(view)]));
  return deps.store.documents.save(mine, documents, format);
};

/** What was outdated: no document; some, and that was all; some, and there are more; some, and another process is at it. */
export type Refreshed = 'nothing' | 'all' | 'some' | 'overtaken';

const refreshMarked = async (deps: Deps, marks: readonly Mark[], writer: Writer): Promise<Refreshed> => {
  const wide = marks.filter(({ kind }) => kind !== 'person');
  if (wide.length > 0) return (await deps.store.documents.spread(wide)) ? 'some' : 'overtaken';
  if (!(await rewrite(deps, marks, writer))) return 'overtaken';
  return marks.length < AT_A_TIME ? 'all' : 'some';
};

/** Writes anew what is outdated, some at a time. */
export const refreshDocuments = async (deps: Deps, writer: Writer): Promise<Refreshed> => {
  const { documents } = deps.store;
  const marks = await documents.marks(AT_A_TIME);
  if (marks.length > 0) return refreshMarked(deps, marks, writer);
  await documents.tidyTallies();
  return (await documents.outdateFormats(writer.format)) ? 'some' : 'nothing';
};
