/** The log: winston, an event name and fields on each line. Secrets are masked by the name of their field. */
import { createLogger, format, transports } from 'winston';
import type { Log, LogFields } from './directory/deps.ts';

export interface LogOptions {
  readonly level: 'error' | 'warn' | 'info' | 'debug';
  readonly format: 'json' | 'text';
  /** Events that are not logged, because they are said in another way. */
  readonly except?: readonly string[];
}

const SECRET = /(token|secret|password|authorization|credential|key)$/i;
/** Mode's tokens of entities are identifiers, not secrets: where a line needs one, its field has another name. */
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
  const except = new Set(options.except);
  const at =
    (level: LogOptions['level']) =>
    (event: string, fields?: LogFields): void => {
      if (!except.has(event)) logger.log(level, event, safe(fields));
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
};
