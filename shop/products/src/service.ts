import { idempotencyMigrations } from '@mainstay/idempotency';
import { leaseMigrations } from '@mainstay/leases';
import { bulkImportMigrations } from '@mainstay/postgres';
import { defineService, startLoop } from '@mainstay/service';
import { productsConfig } from './config.ts';
import { seedCatalogue, wantsDemoCatalogue } from './demo/seed-catalogue.ts';
import { expireReservations, expiryBatchSize } from './reservations/expire-reservations.ts';
import { productsBinding } from './rpc/binding.ts';

/** The products service: catalogue, stock and reservations. */
export const productsService = defineService({
  name: 'products',
  version: '0.1.0',
  config: productsConfig,
  database: {
    migrations: [
      leaseMigrations,
      idempotencyMigrations,
      bulkImportMigrations,
      new URL('../migrations/', import.meta.url),
    ],
  },
  async start({ config, database, clock, logger, mode, signal }) {
    if (wantsDemoCatalogue(config['demo.catalogue'], mode)) {
      const added = await seedCatalogue(database);
      if (added > 0) logger.info('demo catalogue added', { products: added });
    }
    const sweeper = startLoop({
      name: 'release of expired holds',
      intervalMs: config['reservations.sweep_interval_ms'],
      clock,
      logger,
      signal,
      async run() {
        const expired = await expireReservations({ database, clock });
        if (expired > 0) logger.info('expired holds were released', { expired });
        return expired === expiryBatchSize ? 'again' : undefined;
      },
    });
    return {
      bindings: [productsBinding({ database, clock, holdMs: config['reservations.hold_ms'] })],
      async [Symbol.asyncDispose]() {
        await sweeper[Symbol.asyncDispose]();
      },
    };
  },
});
