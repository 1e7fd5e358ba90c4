/** The generated pages: file → what writes it. The order is that of `npm run docs`. */
import { configurationPage } from './configuration.ts';
import { conformancePage } from './conformance.ts';
import { emulatorPage } from './emulator.ts';
import { performancePage } from './performance.ts';
import { planPage } from './plan.ts';

export interface Generator {
  /** From the root of the repository. */
  readonly file: string;
  /** Gives the whole page, the same for the same sources. */
  readonly generate: () => string | Promise<string>;
}

export const generators: readonly Generator[] = [
  { file: 'docs/configuration.md', generate: configurationPage },
  { file: 'docs/conformance.md', generate: conformancePage },
  { file: 'docs/emulator.md', generate: emulatorPage },
  { file: 'docs/performance.md', generate: performancePage },
  { file: 'docs/plan.md', generate: planPage },
];
