import type { ServiceDefinition } from './definition.ts';
import { startHost } from './host.ts';

/**
 * Runs services as this process, for `main.ts`: reads the environment, starts, drains on SIGTERM or SIGINT.
 *
 * Ends the process: 0 after a drain, 1 for a start error that one line on stderr explains, 2 for a bug.
 *
 * @example
 * await hostProcess([ordersService]);
 */
export async function hostProcess(definitions: readonly ServiceDefinition[]): Promise<void> {
  await startHost(definitions, { env: process.env });
}
