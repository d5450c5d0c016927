import { address, type ConfigDefinition, defineConfig, integer } from '@mainstay/config';
import { z } from 'zod';

/** Keys that the host adds to the section of a service that declares a database. */
export const databaseConfig = defineConfig({
  name: 'database',
  keys: {
    'database.url': {
      schema: address(['postgres', 'postgresql']),
      secret: true,
      description: 'postgres://role:password@host:port/database of the service’s own database',
      reloadable: false,
    },
    'database.replica_urls': {
      schema: z
        .array(address(['postgres', 'postgresql']))
        .max(16)
        .optional(),
      secret: true,
      description:
        'Addresses of servers that follow it, for the same role and database; reads that stand a lag run there',
      reloadable: false,
    },
    'database.replica_max_lag_ms': {
      schema: integer({ min: 1_000 }),
      default: 5_000,
      unit: 'ms',
      description:
        'A read on a replica misses at most what was committed in this time; a replica further behind gets none',
      reloadable: false,
    },
    'database.max_connections': {
      schema: integer({ min: 1, max: 1_000 }),
      default: 10,
      description: 'Most open connections of this instance',
      reloadable: false,
    },
    'database.acquire_timeout_ms': {
      schema: integer({ min: 1 }),
      default: 2_000,
      unit: 'ms',
      description: 'Longest wait for a free connection',
      reloadable: false,
    },
    'database.statement_timeout_ms': {
      schema: integer({ min: 0 }),
      default: 10_000,
      unit: 'ms',
      description: 'Longest run of one statement, 0 for no limit',
      reloadable: false,
    },
  },
});

/** The same for a service that also runs without a database: then it has no address. */
export const optionalDatabaseConfig: ConfigDefinition = Object.freeze({
  name: databaseConfig.name,
  keys: Object.freeze({
    ...databaseConfig.keys,
    'database.url': { ...databaseConfig.keys['database.url'], schema: address(['postgres', 'postgresql']).optional() },
  }),
});
