/** Keeps secrets out of everything that is shown: the token and the values of `--header`, in any way they may be written. */

const SHOWN_INSTEAD = '[secret]';
/** A shorter "secret" would be part of innocent words; it is still kept out of the final output. */
const SHORTEST = 3;
/** From this length on, answers are cleaned before a check reads them: nothing that is cut short can show a half. */
export const CLEANED_AT_ONCE = 8;

const writings = (secret: string): readonly string[] => [
  secret,
  JSON.stringify(secret).slice(1, -1),
  encodeURIComponent(secret),
  Buffer.from(secret).toString('base64'),
];

/** A function that replaces each of these secrets in a text. */
export const redactor = (secrets: readonly string[], shortest = SHORTEST): ((text: string) => string) => {
  const all = [...new Set(secrets.filter(({ length }) => length >= shortest).flatMap(writings))];
  const longestFirst = all.sort((a, b) => b.length - a.length);
  return (text) => longestFirst.reduce((shown, secret) => shown.replaceAll(secret, SHOWN_INSTEAD), text);
};

/** The secrets in headers: each value, and what follows a scheme such as Bearer. */
export const secretsOf = (headers: Readonly<Record<string, string>>): readonly string[] =>
  Object.values(headers).flatMap((value) => [value, value.replace(/^\S+\s+/, '')]);
