/**
 * The one rule by which text is compared where the schema says caseExact is false: compatible with the
 * UsernameCaseMapped profile that RFC 7643 §4.1.1 and RFC 7644 §5 ask for (width and case mapped, then composed).
 */

/** Most text; normalising it changes nothing and costs several times as much. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII is meant
const ASCII = /^[\x00-\x7f]*$/;

/**
 * More marks on one letter than any script has (UAX #15 allows 30), also those that composing turns into marks. To bring
 * them into order takes time that grows with the square of their number: 1.6 s of CPU for 65,536. Counted from the letter on,
 * so that each mark is looked at once.
 */
const ENDLESS_MARKS = /(?:^|[^\p{M}\uff9e\uff9f])[\p{M}\uff9e\uff9f]{64}/u;

/**
 * Folds text for comparison: `ＡNN` and `ann`, `Å` composed or not, become one; what is no text that anybody writes is
 * compared as it stands. Idempotent.
 */
export const fold = (text: string): string =>
  ASCII.test(text) || ENDLESS_MARKS.test(text)
    ? text.toLowerCase()
    : text.normalize('NFKC').toLowerCase().normalize('NFC');
