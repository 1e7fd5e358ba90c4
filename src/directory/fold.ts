/**
 * The one rule by which text is compared where the schema says caseExact is false: compatible with the
 * UsernameCaseMapped profile that RFC 7643 §4.1.1 and RFC 7644 §5 ask for (width and case mapped, then composed).
 */

/** Most text; normalising it changes nothing and costs several times as much. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII is meant
const ASCII = /^[\x00-\x7f]*$/;

/** Folds text for comparison: `ＡNN` and `ann`, `Å` composed or not, become one. Idempotent. */
export const fold = (text: string): string =>
  ASCII.test(text) ? text.toLowerCase() : text.normalize('NFKC').toLowerCase().normalize('NFC');
