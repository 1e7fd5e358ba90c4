/** docker-compose.yml and deploy/kubernetes.yaml as data, for the tests that hold them against the program. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import {
  lastOf,
  readDockerfile,
  readEnvironment,
  readExec,
  type Stage,
} from '../../scripts/image/dockerfile.ts';

// biome-ignore lint/suspicious/noExplicitAny: looked into freely by tests; a wrong shape fails them
type Loose = any;

const textOf = (file: string): string =>
  readFileSync(join(resolve(import.meta.dirname, '../..'), file), 'utf8');

const image = readDockerfile(textOf('Dockerfile')).at(-1) as Stage;

export const imageEnvironment = readEnvironment(image);

/** What the image runs when it is given these arguments, or none: the arguments of our command line. */
export const commandOf = (args: readonly string[] | undefined): readonly string[] =>
  args ?? readExec(lastOf(image, 'CMD')?.text ?? '') ?? [];

export interface ComposeService {
  readonly image: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly stop_grace_period?: string;
  readonly [key: string]: Loose;
}

/** The services, variables put in as `docker compose` does it. Throws where one without a default is not given. */
export const readCompose = (
  variables: Readonly<Record<string, string>>,
): Readonly<Record<string, ComposeService>> => {
  const text = textOf('docker-compose.yml').replace(
    /\$\{(\w+)(?::([-?])([^}]*))?\}/g,
    (_all, name: string, kind: string | undefined, rest: string | undefined) => {
      const value = variables[name] || (kind === '-' ? rest : undefined);
      if (value === undefined) throw new Error(`${name} is not given`);
      return value;
    },
  );
  return (parse(text, { merge: true }) as { services: Record<string, ComposeService> }).services;
};

/** One of them. Throws where it is not there. */
export const serviceIn = (compose: ReturnType<typeof readCompose>, name: string): ComposeService => {
  const found = Object.entries(compose).find(([known]) => known === name);
  if (!found) throw new Error(`docker-compose.yml has no service ${name}`);
  return found[1];
};

/** The objects, by their kind. Throws where one cannot be read. */
export const readKubernetes = (): Readonly<Record<string, Loose>> => {
  const documents = parseAllDocuments(textOf('deploy/kubernetes.yaml'));
  const objects = documents.map((document) => {
    if (document.errors.length > 0) throw document.errors[0];
    return document.toJS() as Loose;
  });
  return Object.fromEntries(objects.map((object) => [object.kind, object]));
};

/** What a load balancer's file names: the instances, and the path by which it finds out who is ready. */
export interface Caddyfile {
  readonly upstreams: readonly string[];
  readonly ready: string;
  /** How long it keeps an idle connection to an instance. */
  readonly keepSeconds: number;
}

export const readCaddyfile = (): Caddyfile => {
  const text = textOf('deploy/Caddyfile');
  const [, upstreams = ''] = /reverse_proxy ([^{]+)\{/.exec(text) ?? [];
  const [, ready = ''] = /health_uri (\S+)/.exec(text) ?? [];
  const [, keep = ''] = /^\s*keepalive (\d+)s$/m.exec(text) ?? [];
  return { upstreams: upstreams.trim().split(/\s+/), ready, keepSeconds: Number(keep) };
};
