import { availableParallelism } from 'node:os';
import { choice, defineConfig, integer } from '@mainstay/config';
import { z } from 'zod';

/** Keys of the configuration that say how many processes of one gateway answer requests, and how one of them stops. */
export const workerConfig = defineConfig({
  name: 'gateway',
  keys: {
    workers: {
      schema: z.union([integer({ min: 1, max: 256 }), choice(['auto'])]),
      default: 1,
      description: 'Processes that share the port for clients; auto is one for each core',
      reloadable: false,
    },
    'server.drain_idle_ms': {
      schema: integer({ min: 0, max: 60_000 }),
      default: 500,
      unit: 'ms',
      description: 'How long idle connections of a gateway that stops may still send a request, so that none is lost',
      reloadable: false,
    },
  },
});

/** The number that is meant. */
export function countWorkers(workers: number | 'auto'): number {
  return workers === 'auto' ? availableParallelism() : workers;
}
