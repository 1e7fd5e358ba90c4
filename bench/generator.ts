/** The process that makes the load, as the one that orders it sees it. */
import type { Measured, Order, Probed, Reply } from './load.ts';
import { end, nextMessage, startNode } from './processes.ts';

export interface Generator {
  /** Makes sure that the server answers rightly, and gives one of its answers. */
  probe(order: Omit<Order, 'seconds' | 'lines'>): Promise<Probed>;
  measure(order: Order): Promise<Measured>;
  stop(): Promise<void>;
}

/** Starts it, beside the core of the server. */
export const startGenerator = (): Generator => {
  const child = startNode('others', ['--import', 'tsx', 'bench/load.ts'], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const ask = async (order: Order): Promise<Exclude<Reply, { error: string }>> => {
    child.send(order);
    const reply = await nextMessage<Reply>(child);
    if ('error' in reply) throw new Error(reply.error);
    return reply;
  };
  return {
    probe: async (order) => {
      const reply = await ask({ ...order, seconds: 0, lines: 1 });
      if ('probed' in reply) return reply.probed;
      throw new Error('A probe was answered by a measurement.');
    },
    measure: async (order) => {
      const reply = await ask(order);
      if ('measured' in reply) return reply.measured;
      throw new Error('A measurement was answered by a probe.');
    },
    stop: () => end(child),
  };
};
