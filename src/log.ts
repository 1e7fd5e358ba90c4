/** The log: winston, an event name and fields on each line. Secrets are masked by the name of their field. */
import { createLogger, format, transports } from 'winston';
import type { Log, LogFields } from './directory/deps.ts';

export interface LogOptions {
  readonly level: 'error' | 'warn' | 'info' | 'debug';
  readonly format: 'json' | 'text';
}

const SECRET = /(token|secret|password|authorization|credential|key)$/i;
/** Tokens of Mode's entities are identifiers, not secrets, but they are kept out as well: nobody needs them in a log. */
const MASK = '[masked]';

/** An error as fields: name, code, message, stack and the chain of causes; nothing that hangs on it besides. */
const errorFields = (error: Error, depth = 0): LogFields => ({
  name: error.name,
  message: error.message,
  ...('code' in error ? { code: error.code } : {}),
  stack: error.stack
    ?.split('\n')
    .slice(1, 6)
    .map((line) => line.trim()),
  ...(error.cause instanceof Error && depth < 3 ? { cause: errorFields(error.cause, depth + 1) } : {}),
});

const safe = (fields: LogFields = {}): LogFields =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => {
      if (value instanceof Error) return [name, errorFields(value)];
      return [name, SECRET.test(name) ? MASK : value];
    }),
  );

const asText = format.printf(({ timestamp, level, message, ...fields }) => {
  const rest = Object.entries(fields).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return [timestamp, level.padEnd(5), message, ...rest].join(' ');
});

/** Plain JSON.stringify: winston's own format sorts the names and looks for circles, which costs a request more than its line. */
const asJson = format.printf(({ timestamp, level, message, ...fields }) => {
  const head = { timestamp, level, message };
  try {
    return JSON.stringify({ ...head, ...fields });
  } catch {
    return JSON.stringify({ ...head, unwritable: Object.keys(fields) });
  }
});

/** A log that writes to standard error, so that standard output stays for what a command prints. */
export const createLog = (options: LogOptions): Log => {
  const logger = createLogger({
    level: options.level,
    format: format.combine(format.timestamp(), options.format === 'json' ? asJson : asText),
    transports: [new transports.Console({ stderrLevels: ['error', 'warn', 'info', 'debug'] })],
  });
  return {
    debug: (event, fields) => logger.debug(event, safe(fields)),
    info: (event, fields) => logger.info(event, safe(fields)),
    warn: (event, fields) => logger.warn(event, safe(fields)),
    error: (event, fields) => logger.error(event, safe(fields)),
  };
};
