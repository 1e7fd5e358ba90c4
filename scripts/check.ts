/**
 * `npm run check`: every check, or those named (`npm run check -- types lint`). All of them run to their end, so
 * that one visit shows everything; what a check printed is shown only where it failed.
 */
import { CHECKS, type CheckName, runCommand } from './checks.ts';

const isCheck = (name: string): name is CheckName => Object.hasOwn(CHECKS, name);

const runOne = async (name: CheckName): Promise<boolean> => {
  const { ok, seconds, output } = await runCommand(CHECKS[name], process.cwd());
  const head = `${ok ? 'ok  ' : 'FAIL'} ${name.padEnd(10)} ${seconds.toFixed(1)} s`;
  console.log(ok ? head : `${head}\n${output.trimEnd()}\n`);
  return ok;
};

const main = async (): Promise<number> => {
  const wanted = process.argv.slice(2);
  const unknown = wanted.filter((name) => !isCheck(name));
  if (unknown.length > 0) {
    console.error(`no check named ${unknown.join(', ')}; there are: ${Object.keys(CHECKS).join(', ')}`);
    return 2;
  }
  const names = wanted.length > 0 ? wanted : Object.keys(CHECKS);
  const results = await Promise.all(names.filter(isCheck).map(runOne));
  const failed = results.filter((ok) => !ok).length;
  console.log(
    failed === 0 ? `all ${results.length} checks hold` : `${failed} of ${results.length} checks failed`,
  );
  return failed === 0 ? 0 : 1;
};

process.exitCode = await main();
