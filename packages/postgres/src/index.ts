export { type BulkImport, bulkImport } from './bulk/bulk-import.ts';
export type { ImportRow, ImportTarget } from './bulk/import-batch.ts';
export { type ImportProblem, type ImportProgress, importProblems, readImport } from './bulk/import-record.ts';
export { linesOfFile } from './bulk/lines-of-file.ts';
export { bulkImportMigrations } from './bulk/migrations.ts';
export type { ConnectionUse } from './connection/pool-capacity.ts';
export type { PoolStats } from './connection/pool-metrics.ts';
export type { Database, DatabaseReads } from './database/database.ts';
export { openDatabase } from './database/open-database.ts';
export type { DatabaseOptions } from './database-options.ts';
export { postgresReasons } from './errors.ts';
export { type AdvisoryLock, advisoryLock } from './locks/advisory-lock.ts';
export { lockRows, type RowLock } from './locks/lock-rows.ts';
export { updateVersion, type VersionedUpdate } from './locks/update-version.ts';
export type { Migration, MigrationDirectory, MigrationKind } from './migrations/migration-files.ts';
export { type MigrationOptions, runMigrations } from './migrations/run-migrations.ts';
export { type Bell, createBell } from './notify/bell.ts';
export { type Listener, type ListenerOptions, startListener } from './notify/listener.ts';
export type { ReplicaOptions } from './replica-options.ts';
export { type ReadYourWritesOptions, readYourWrites, writtenToken } from './replicas/written.ts';
export { isConstraintViolation, isUniqueViolation, sqlStateOf, toSqlError } from './sql-error.ts';
export type { Opening } from './transaction/opening.ts';
export type { Propagation } from './transaction/propagation.ts';
export type {
  CopyTarget,
  EndHook,
  ReadTarget,
  RepeatOptions,
  Transaction,
  TransactionOptions,
  UntypedTables,
} from './transaction/transaction.ts';
