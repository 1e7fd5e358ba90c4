/** Reads a Dockerfile as far as ours goes: instructions by stage, words, exec form. No here-documents, no ARG. */

export interface Instruction {
  readonly keyword: string;
  /** What stands behind the keyword, continued lines joined. */
  readonly text: string;
  readonly line: number;
}

export interface Stage {
  readonly name: string;
  readonly image: string;
  readonly instructions: readonly Instruction[];
}

export interface Copy {
  /** The stage copied from; undefined means the build context. */
  readonly from: string | undefined;
  readonly sources: readonly string[];
  readonly target: string;
}

const KEYWORDS = [
  'FROM',
  'WORKDIR',
  'COPY',
  'RUN',
  'LABEL',
  'ENV',
  'VOLUME',
  'USER',
  'EXPOSE',
  'STOPSIGNAL',
  'HEALTHCHECK',
  'ENTRYPOINT',
  'CMD',
];

const readInstructions = (text: string): Instruction[] => {
  const found: Instruction[] = [];
  let open: { line: number; parts: string[] } | undefined;
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    open ??= { line: index + 1, parts: [] };
    open.parts.push(line.replace(/\\$/, '').trim());
    if (line.endsWith('\\')) continue;
    const [keyword = '', ...rest] = open.parts.join(' ').split(' ');
    if (!KEYWORDS.includes(keyword))
      throw new Error(`Dockerfile:${open.line}: "${keyword}" is not understood here`);
    found.push({ keyword, text: rest.join(' ').trim(), line: open.line });
    open = undefined;
  }
  return found;
};

/** Splits a Dockerfile into its stages; throws at an instruction that is not understood. */
export const readDockerfile = (text: string): Stage[] => {
  const stages: { name: string; image: string; instructions: Instruction[] }[] = [];
  for (const instruction of readInstructions(text)) {
    if (instruction.keyword === 'FROM') {
      const [image = '', , name] = instruction.text.split(/\s+/);
      stages.push({ image, name: name ?? String(stages.length), instructions: [] });
    } else {
      const stage = stages.at(-1);
      if (!stage) throw new Error(`Dockerfile:${instruction.line}: an instruction before FROM`);
      stage.instructions.push(instruction);
    }
  }
  return stages;
};

/** Reads a COPY. */
export const readCopy = ({ text }: Instruction): Copy => {
  const words = text.split(/\s+/);
  const from = words.find((word) => word.startsWith('--from='))?.slice('--from='.length);
  const paths = words.filter((word) => !word.startsWith('--'));
  return { from, sources: paths.slice(0, -1), target: paths.at(-1) ?? '' };
};

/** Reads the exec form, `["a", "b"]`; undefined when the text is a shell line. */
export const readExec = (text: string): string[] | undefined => {
  if (!text.startsWith('[')) return undefined;
  return JSON.parse(text) as string[];
};

/** The last instruction of a kind in a stage, which is the one that counts. */
export const lastOf = (stage: Stage, keyword: string): Instruction | undefined =>
  stage.instructions.findLast((instruction) => instruction.keyword === keyword);

/** Reads all ENV of a stage. */
export const readEnvironment = (stage: Stage): Record<string, string> =>
  Object.fromEntries(
    stage.instructions
      .filter(({ keyword }) => keyword === 'ENV')
      .flatMap(({ text }) => text.split(/\s+/))
      .map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  );

/** Whether a file of the context survives `.dockerignore`: of patterns without wildcards the last that matches counts. */
export const isInContext = (dockerignore: string, file: string): boolean => {
  let included = true;
  for (const line of dockerignore.split('\n').map((text) => text.trim())) {
    if (line === '' || line.startsWith('#')) continue;
    const pattern = line.replace(/^!/, '').replace(/\/$/, '');
    if (pattern === '*' || file === pattern || file.startsWith(`${pattern}/`))
      included = line.startsWith('!');
  }
  return included;
};
