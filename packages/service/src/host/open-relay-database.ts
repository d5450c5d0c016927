import type { Database } from '@mainstay/postgres';
import { type HostCore, waitOf } from '../core/host-core.ts';
import type { ServiceDefinition } from '../definition/definition.ts';
import { waitForDatabase } from '../lifecycle/wait-for-database.ts';

/**
 * Opens one connection for the relay of a service: in the pool of its calls the relay would wait behind all of them, and events would be
 * late by what the busiest moment queues.
 *
 * @returns undefined for a service that tells nothing.
 */
export async function openRelayDatabase(
  { name, tells = [] }: ServiceDefinition,
  core: HostCore,
  parts: AsyncDisposableStack,
): Promise<Database | undefined> {
  const settings = core.environment.services.get(name)?.database;
  if (settings === undefined || tells.length === 0) return undefined;
  const { url, acquireTimeoutMs, statementTimeoutMs } = settings;
  const { meter, clock } = core;
  const logger = core.loggerOf(name, {});
  // Replicas are for reads of calls.
  const limits = { acquireTimeoutMs, statementTimeoutMs, maxConnections: 1 };
  const own = { url, name: `${name}-relay`, ...limits, logger, meter, clock };
  return parts.use(await waitForDatabase(own, waitOf(core)));
}
