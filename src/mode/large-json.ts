/**
 * Reads a list of any length without ever holding its text: rows are cut out of the bytes as they arrive, parsed one by
 * one and made small at once (50,000 members are 35 MB of JSON, and 100 MB once parsed). The rest is parsed as usual.
 * Rows are what stands in an array in the outermost object's `_embedded`: `{"_embedded":{"memberships":[…]}}`.
 */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_OBJECT = 0x7b;
const OPEN_ARRAY = 0x5b;
const CLOSE_OBJECT = 0x7d;
const CLOSE_ARRAY = 0x5d;

/** What encloses rows. */
const ROWS_DEPTH = 3;

/** Makes a row small; what it gives stands in the list instead. `index` is the row's place in its list. */
export type Slim = (row: unknown, index: number) => unknown;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Puts the lists back where a number stands for each. */
const restore = (json: unknown, lists: readonly unknown[][]): unknown => {
  const embedded = isObject(json) ? json['_embedded'] : undefined;
  if (!isObject(embedded)) return json;
  for (const [name, value] of Object.entries(embedded)) {
    if (Array.isArray(value)) embedded[name] = lists[Number(value[0])] ?? [];
  }
  return json;
};

/** Cuts rows out of bytes. */
class RowCutter {
  readonly #slim: Slim;
  /** The brackets that are open at this place. */
  readonly #opened: number[] = [];
  readonly #lists: unknown[][] = [];
  /** The document without its rows. */
  readonly #rest: Buffer[] = [];
  /** What has arrived of the row that is arriving. */
  #row: Buffer[] = [];
  #isInString: boolean = false;
  #isEscaped: boolean = false;
  /** The last text of the outermost object, and whether it is the name of what is open in it. */
  #name: number[] = [];
  #isEmbedded: boolean = false;
  /** Where what is not handed over yet begins in the piece at hand. */
  #from = 0;

  constructor(slim: Slim) {
    this.#slim = slim;
  }

  /** Takes the next bytes. Throws SyntaxError for a row that is no JSON, and what `slim` throws. */
  take(piece: Buffer): void {
    this.#from = 0;
    for (let at = 0; at < piece.length; at += 1) {
      const byte = piece[at] ?? 0;
      if (this.#isInString) this.#meetInString(byte);
      else this.#meet(piece, at, byte);
    }
    (this.#isInList() ? this.#row : this.#rest).push(Buffer.from(piece.subarray(this.#from)));
  }

  /** Gives the document. Throws SyntaxError where it is none. */
  end(): unknown {
    return restore(JSON.parse(Buffer.concat(this.#rest).toString()) as unknown, this.#lists);
  }

  #isInList(): boolean {
    return this.#isEmbedded && this.#opened[1] === OPEN_OBJECT && this.#opened[2] === OPEN_ARRAY;
  }

  #isBetweenRows(): boolean {
    return this.#opened.length === ROWS_DEPTH && this.#isInList();
  }

  #meetInString(byte: number): void {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (byte === BACKSLASH) this.#isEscaped = true;
    else if (byte === QUOTE) this.#isInString = false;
    if (this.#isInString && this.#opened.length === 1) this.#name.push(byte);
  }

  #meet(piece: Buffer, at: number, byte: number): void {
    if (byte === QUOTE) this.#enterString();
    else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) this.#open(piece, at, byte);
    else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) this.#close(piece, at);
    else if (byte === COMMA && this.#isBetweenRows()) this.#endRow(piece, at, at + 1);
  }

  #enterString(): void {
    this.#isInString = true;
    if (this.#opened.length === 1) this.#name = [];
  }

  #open(piece: Buffer, at: number, bracket: number): void {
    if (this.#opened.length === 1) this.#isEmbedded = Buffer.from(this.#name).toString() === '_embedded';
    this.#opened.push(bracket);
    if (!this.#isBetweenRows()) return;
    // The number of the list stands in it until its rows are put back.
    this.#rest.push(Buffer.from(piece.subarray(this.#from, at + 1)), Buffer.from(String(this.#lists.length)));
    this.#lists.push([]);
    this.#from = at + 1;
  }

  #close(piece: Buffer, at: number): void {
    if (this.#isBetweenRows()) this.#endRow(piece, at, at);
    this.#opened.pop();
  }

  #endRow(piece: Buffer, at: number, next: number): void {
    const row = Buffer.concat([...this.#row, piece.subarray(this.#from, at)]).toString();
    this.#row = [];
    this.#from = next;
    const list = this.#lists.at(-1);
    if (list && row.trim() !== '') list.push(this.#slim(JSON.parse(row), list.length));
  }
}

/** Reads a JSON document from pieces. Throws SyntaxError where it is none, and what the pieces or `slim` throw. */
export const readLarge = async (pieces: AsyncIterable<Buffer>, slim: Slim): Promise<unknown> => {
  const cutter = new RowCutter(slim);
  for await (const piece of pieces) cutter.take(piece);
  return cutter.end();
};
