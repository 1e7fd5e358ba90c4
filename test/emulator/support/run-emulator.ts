/**
 * An emulator as a process of its own, for tests that kill it: `run-emulator.ts <data folder>`; prints its address.
 */
import { startEmulator } from '../../../src/emulator/server.ts';

const [dataDir] = process.argv.slice(2);
const { url } = await startEmulator({ port: 0, dataDir, people: 6, groups: 1 });
process.stdout.write(`${url}\n`);
