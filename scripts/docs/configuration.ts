/** docs/configuration.md: the environment of the program as a table, from the schema that checks it. */
import { z } from 'zod';
import { configSchema } from '../../src/config.ts';

const HEAD = `# Configuration

<!-- Generated from src/config.ts by \`npm run docs\`. -->

The bridge is configured by environment variables, read once at the start. What is wrong is refused in words, with
every wrong key named.

| variable | value | default | meaning |
|---|---|---|---|
`;

interface Key {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly default?: unknown;
  readonly description?: string;
}

const wordsFor = (key: Key): string => {
  if (key.enum) return key.enum.map((value) => `\`${value}\``).join(', ');
  if (key.type === 'integer') return `${key.minimum}–${key.maximum}`;
  if (key.format === 'uri') return 'URL';
  return key.minLength === undefined ? 'text' : `text, ${key.minLength} characters or more`;
};

const row = (name: string, key: Key): string => {
  const standard = key.default === undefined ? '' : `\`${String(key.default)}\``;
  const cells = [`\`${name}\``, wordsFor(key), standard, key.description ?? ''];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`;
};

/** Gives the whole page. */
export const configurationPage = (): string => {
  const { properties = {} } = z.toJSONSchema(configSchema, { io: 'input' });
  return (
    HEAD +
    Object.entries(properties)
      .map(([name, key]) => row(name, key as Key))
      .join('')
  );
};
