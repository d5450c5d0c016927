export { ensureServiceDatabase, type ServiceDatabaseOptions } from './ensure-service-database.ts';
export {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from './start-embedded-postgres.ts';
