import { availableParallelism } from 'node:os';
import { choice, defineConfig, integer } from '@mainstay/config';
import { z } from 'zod';

/** How many processes of one gateway answer requests. */
export const workerConfig = defineConfig({
  name: 'gateway',
  keys: {
    workers: {
      schema: z.union([integer({ min: 1, max: 256 }), choice(['auto'])]),
      default: 1,
      description: 'Processes that share the port for clients; auto is one for each core',
      reloadable: false,
    },
  },
});

/** The number that is meant. */
export function countWorkers(workers: number | 'auto'): number {
  return workers === 'auto' ? availableParallelism() : workers;
}
