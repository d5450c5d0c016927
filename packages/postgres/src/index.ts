export type { Database, PoolStats, Transaction, TransactionOptions, UntypedTables } from './database/database.ts';
export { type DatabaseOptions, openDatabase } from './database/open-database.ts';
export { postgresReasons } from './errors.ts';
export type { Migration, MigrationDirectory, MigrationKind } from './migrations/migration-files.ts';
export { type MigrationOptions, runMigrations } from './migrations/run-migrations.ts';
export { type Bell, createBell } from './notify/bell.ts';
export { type Listener, type ListenerOptions, startListener } from './notify/listener.ts';
export { isConstraintViolation, isUniqueViolation, sqlStateOf, toSqlError } from './sql-error.ts';
