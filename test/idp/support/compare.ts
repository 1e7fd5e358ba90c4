/** What differs between an answer and what a file of test/idp expects of it, in words; nothing when it fits. */
type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const show = (value: unknown): string =>
  value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 300);

type Mark = (wanted: unknown, actual: unknown, path: string) => readonly string[];

const has: Mark = (wanted, actual, path) => {
  if (!Array.isArray(actual) || !Array.isArray(wanted)) return [`${path}: ${show(actual)} is no array`];
  return wanted
    .filter((element) => !actual.some((one) => differences(element, one, path).length === 0))
    .map((element) => `${path}: ${show(element)} is missing in ${show(actual)}`);
};

const MARKS: Readonly<Partial<Record<string, Mark>>> = {
  $has: has,
  $match: (wanted, actual, path) =>
    typeof actual === 'string' && new RegExp(String(wanted), 'u').test(actual)
      ? []
      : [`${path}: ${show(actual)} does not match /${String(wanted)}/`],
  $not: (wanted, actual, path) =>
    actual !== undefined && differences(wanted, actual, path).length > 0
      ? []
      : [`${path}: must be something else than ${show(wanted)}, is ${show(actual)}`],
  $sameSet: (wanted, actual, path) => {
    const lost = has(wanted, actual, path);
    const [want, got] = [wanted, actual].map((list) => (Array.isArray(list) ? list.length : 0));
    return want === got ? lost : [...lost, `${path}: ${got} elements instead of ${want}`];
  },
};

const compareLists = (wanted: readonly unknown[], actual: unknown, path: string): readonly string[] => {
  if (!Array.isArray(actual)) return [`${path}: ${show(actual)} instead of ${show(wanted)}`];
  if (actual.length !== wanted.length)
    return [`${path}: ${actual.length} elements instead of ${wanted.length}: ${show(actual)}`];
  return wanted.flatMap((element, index) => differences(element, actual[index], `${path}/${index}`));
};

/** Objects may hold more than is wanted; arrays are compared element by element; `$match` and the like are marks. */
export const differences = (wanted: unknown, actual: unknown, path = ''): readonly string[] => {
  if (Array.isArray(wanted)) return compareLists(wanted, actual, path);
  if (!isObject(wanted))
    return wanted === actual ? [] : [`${path}: ${show(actual)} instead of ${show(wanted)}`];
  const [[name, argument] = []] = Object.entries(wanted);
  const mark = name === undefined ? undefined : MARKS[name];
  if (mark) return mark(argument, actual, path);
  if (!isObject(actual)) return [`${path}: ${show(actual)} instead of an object`];
  return Object.entries(wanted).flatMap(([key, inner]) =>
    differences(inner, Object.hasOwn(actual, key) ? actual[key] : undefined, `${path}/${key}`),
  );
};
