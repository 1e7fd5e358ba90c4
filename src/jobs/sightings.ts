/** In the background: writes what clients were seen to send (directory/sightings.ts). */
import type { Log } from '../directory/deps.ts';
import type { Sightings } from '../directory/sightings.ts';

const INTERVAL_MS = 5_000;

/** Writes every few seconds and once more at the end. */
export const startSightingsJob = (sightings: Sightings, log: Log): { readonly stop: () => Promise<void> } => {
  const write = async (): Promise<void> => {
    try {
      await sightings.flush();
    } catch (error) {
      log.warn('sightings.not-written', { error });
    }
  };
  const timer = setInterval(() => void write(), INTERVAL_MS);
  return {
    stop: async () => {
      clearInterval(timer);
      await write();
    },
  };
};
