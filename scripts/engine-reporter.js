/**
 * Jest reporter: one line for each database engine that a suite is named after, so that a run shows by itself that
 * both engines were tested. A suite names its engine in a `describe` ("… on SQLite", "… on PostgreSQL").
 */
const ENGINES = ['SQLite', 'PostgreSQL'];

/** @param {string} status */
const isDone = (status) => status === 'passed' || status === 'failed';

export default class EngineReporter {
  /**
   * @param {unknown} _contexts
   * @param {{ testResults: { testResults: { ancestorTitles: string[], status: string }[] }[] }} results
   */
  onRunComplete(_contexts, results) {
    const tests = results.testResults.flatMap((file) => file.testResults);
    for (const engine of ENGINES) {
      const own = tests.filter((test) => test.ancestorTitles.some((title) => title.includes(engine)));
      const count = (/** @type {(status: string) => boolean} */ wanted) =>
        own.filter((test) => wanted(test.status)).length;
      const skipped = count((status) => !isDone(status));
      const failed = count((status) => status === 'failed');
      const said =
        own.length === 0 ? 'no test ran' : `${own.length} tests: ${failed} failed, ${skipped} skipped`;
      process.stderr.write(`Engine ${engine.padEnd(10)} ${said}\n`);
    }
  }
}
