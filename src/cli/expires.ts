/** The option `--expires`: until when an API token of Mode holds, which Mode itself tells nobody. */
import { InvalidArgumentError, Option } from 'commander';

/** Reads a day or an instant, or `never`; gives an instant, or `never`. */
const readExpiry = (text: string): string => {
  if (text === 'never') return text;
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text);
  const isInstant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/.test(text);
  const instant = Date.parse(text);
  // The parser rolls February 30th over to March.
  const isReal = !Number.isNaN(instant) && (!isDay || new Date(instant).toISOString().startsWith(text));
  if ((isDay || isInstant) && isReal) return new Date(instant).toISOString();
  throw new InvalidArgumentError(
    'It must be a day such as 2027-02-24, an instant such as 2027-02-24T12:00:00Z, or never.',
  );
};

/** `--expires`, for the commands that are given or told about a token. */
export const expiresOption = (): Option =>
  new Option(
    '--expires <date|never>',
    "when the API token expires, as Mode showed when it was made; Mode's default of 90 days is assumed where it is not said",
  ).argParser(readExpiry);
