export type { Database, PoolStats, Transaction, TransactionOptions, UntypedTables } from './database/database.ts';
export { type DatabaseOptions, openDatabase } from './database/open-database.ts';
export { postgresReasons } from './errors.ts';
export type { Migration, MigrationDirectory, MigrationKind } from './migrations/migration-files.ts';
export { type MigrationOptions, runMigrations } from './migrations/run-migrations.ts';
export { isConstraintViolation, isUniqueViolation, sqlStateOf, toSqlError } from './sql-error.ts';
