/**
 * `npm run pairs -- --pairs N --seed S --walks W --instances I --beside DIR`: what one process acknowledged, is it shown by the
 * others at once? (issue 5, proof 4). DIR is a checkout of another version, which runs one process more, as in an upgrade. Exits 1 when something is wrong; the same numbers make the same walks. Short: pairs.test.ts.
 */
import { parseArgs } from 'node:util';
import { startPostgres } from '../support/postgres.ts';
import { runPairs } from './support/pairs.ts';
import { startWorld } from './support/world.ts';

const { values: flags } = parseArgs({
  options: {
    pairs: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    walks: { type: 'string', default: '4' },
    instances: { type: 'string', default: '2' },
    beside: { type: 'string' },
  },
});

const main = async (): Promise<number> => {
  const postgres = await startPostgres();
  const world = await startWorld(await postgres.createDatabase(), Number(flags.instances), flags.beside);
  try {
    const from = performance.now();
    const report = await runPairs(world, {
      pairs: Number(flags.pairs),
      seed: Number(flags.seed),
      walks: Number(flags.walks),
      onProgress: (done) => done % 1_000 === 0 && console.log(`${done} pairs`),
    });
    const seconds = ((performance.now() - from) / 1_000).toFixed(0);
    console.log(
      `${report.pairs} pairs over ${world.instances.length} processes, seed ${flags.seed}: ${report.checked} answers compared, ` +
        `${report.problems.length} wrong, ${seconds} s.`,
    );
    for (const problem of report.problems) console.log(problem);
    return report.problems.length === 0 ? 0 : 1;
  } finally {
    await world.stop();
    await postgres.stop();
  }
};

process.exit(await main());
