import { type Database, runMigrations } from '@mainstay/postgres';
import { type HostCore, waitOf } from '../core/host-core.ts';
import type { ServiceDefinition } from '../definition/definition.ts';
import { waitForDatabase } from '../lifecycle/wait-for-database.ts';

/**
 * Waits for the database of a service, applies its migrations and makes readiness depend on it.
 *
 * @returns undefined for a service without a database, or without an address for one that it can do without.
 */
export async function openServiceDatabase(
  definition: ServiceDefinition,
  core: HostCore,
  parts: AsyncDisposableStack,
): Promise<Database | undefined> {
  const { name } = definition;
  const settings = core.environment.services.get(name)?.database;
  if (definition.database === undefined || settings === undefined) return undefined;
  const logger = core.loggerOf(name, {});
  const database = parts.use(
    await waitForDatabase(
      {
        ...settings,
        name,
        logger,
        meter: core.meter,
        clock: core.clock,
        // A call inside a transaction is found while a service is written; in production it must not stop an order.
        remoteCalls: core.environment.host.mode === 'production' ? 'warn' : 'refuse',
      },
      waitOf(core),
    ),
  );
  const { applied } = await runMigrations({ database, directory: definition.database.migrations, logger });
  if (applied.length > 0) core.onProgress(`${name}: ${applied.length} migrations applied`);
  // Two in a row: one ping may be late because the pool is busy, which is no reason to take the instance out.
  if (definition.database.optional === true) return database;
  core.health.of(name).addReadinessCheck('database', (signal) => database.ping(signal), { failuresToDown: 2 });
  return database;
}
