import { type Logger, PlatformError, silentLogger } from '@mainstay/kernel';
import type { Database } from '../database/database.ts';
import { openDatabase } from '../database/open-database.ts';
import { postgresReasons as reasons } from '../errors.ts';
import type { Transaction } from '../transaction/transaction.ts';
import { type Migration, type MigrationDirectory, type MigrationKind, readMigrations } from './migration-files.ts';

/** Options of {@link runMigrations}: an open database or the address of one. */
export type MigrationOptions = {
  /** Folders in the order in which they are applied: those of packages first, the service's own last. */
  readonly directory: MigrationDirectory | readonly MigrationDirectory[];
  /** Default silent. */
  readonly logger?: Logger;
} & ({ readonly url: string } | { readonly database: Database });

interface AppliedRow {
  readonly name: string;
  readonly set_name: string;
  readonly number: number;
  readonly kind: MigrationKind;
  readonly checksum: string;
}

/** Any fixed number; the same for all our migrators, so that two of one database wait for each other. */
const lockKey = 6_246_782_031;

/**
 * Brings the schema up to the files: applies those not applied yet, each in a transaction of its own.
 *
 * Two instances may start at once: each file is applied under an advisory lock and looked up again inside it. A failed file is rolled
 * back whole and the earlier ones stay. A database that is ahead by compatible migrations only is accepted, so that an old version can
 * run during a rolling update.
 *
 * Cost: two statements when there is nothing to do.
 *
 * @returns names of the files applied by this call, for example `orders/0001-create-orders`; empty when there was nothing to do.
 * @throws {@link PlatformError} `MIGRATION_INVALID`, `MIGRATION_CHANGED`, `MIGRATION_AHEAD`, `MIGRATION_FAILED`, or what the database says.
 * @example
 * await runMigrations({ url, directory: [idempotencyMigrations, new URL('../migrations/', import.meta.url)] });
 */
export async function runMigrations(options: MigrationOptions): Promise<{ readonly applied: readonly string[] }> {
  const { directory, logger = silentLogger } = options;
  const migrations = await readMigrations(Array.isArray(directory) ? directory : [directory as MigrationDirectory]);
  if ('database' in options) return migrate(options.database, migrations, logger);
  await using database = await openDatabase({ url: options.url, name: 'migrations', logger, maxConnections: 1 });
  return await migrate(database, migrations, logger);
}

async function migrate(database: Database, migrations: readonly Migration[], logger: Logger) {
  const inTransaction = <T>(run: (tx: Transaction) => Promise<T>): Promise<T> =>
    database.transaction({ name: 'migrate', statementTimeoutMs: 0 }, run);

  const known = await inTransaction(async (tx) => {
    await createTable(tx, logger);
    return readApplied(tx);
  });
  checkApplied(migrations, known);

  const applied: string[] = [];
  const knownNames = new Set(known.map((row) => row.name));
  for (const migration of migrations.filter(({ name }) => !knownNames.has(name))) {
    const didApply = await inTransaction((tx) => applyOne(tx, migration, logger));
    if (!didApply) continue;
    applied.push(migration.name);
    logger.info('migration applied', { migration: migration.name, kind: migration.kind });
  }
  return { applied };
}

/** Takes the lock until the end of the transaction; says so when another instance has it. */
async function lock(tx: Transaction, logger: Logger): Promise<void> {
  const { rows } = await tx.query<{ free: boolean }>('SELECT pg_try_advisory_xact_lock($1) AS free', [lockKey]);
  if (rows[0]?.free === true) return;
  logger.info('waiting for the migrations of another instance');
  await tx.query('SELECT pg_advisory_xact_lock($1)', [lockKey]);
}

/** The lock comes only when the table is missing: CREATE IF NOT EXISTS alone can collide with itself. */
async function createTable(tx: Transaction, logger: Logger): Promise<void> {
  const { rows } = await tx.query<{ found: boolean }>(`SELECT to_regclass('schema_migrations') IS NOT NULL AS found`);
  if (rows[0]?.found === true) return;
  await lock(tx, logger);
  await tx.query(`
    CREATE TABLE IF NOT EXISTS schema_migrations (
      name text CONSTRAINT schema_migrations_key PRIMARY KEY,
      set_name text NOT NULL,
      number integer NOT NULL,
      kind text NOT NULL CONSTRAINT schema_migrations_kind CHECK (kind IN ('compatible', 'breaking')),
      checksum text NOT NULL,
      applied_at timestamptz NOT NULL DEFAULT now()
    )`);
}

async function readApplied(tx: Transaction): Promise<readonly AppliedRow[]> {
  const { rows } = await tx.query<AppliedRow>(
    'SELECT name, set_name, number, kind, checksum FROM schema_migrations ORDER BY set_name, number',
  );
  return rows;
}

/** Compares what was applied with the files, set by set; sets that this caller does not bring are not its business. */
export function checkApplied(migrations: readonly Migration[], applied: readonly AppliedRow[]): void {
  const sets = new Set(migrations.map(({ set }) => set));
  for (const row of applied.filter(({ set_name }) => sets.has(set_name))) {
    const file = migrations.find(({ set, number }) => set === row.set_name && number === row.number);
    if (file === undefined) {
      if (row.kind === 'compatible') continue;
      throw new PlatformError(
        reasons.MIGRATION_AHEAD,
        `the database has the breaking migration ${row.name}, which this version does not know`,
      );
    }
    if (file.name !== row.name) {
      throw new PlatformError(
        reasons.MIGRATION_CHANGED,
        `migration ${row.name} was applied, its file is now ${file.name}`,
      );
    }
    if (file.checksum !== row.checksum) {
      throw new PlatformError(
        reasons.MIGRATION_CHANGED,
        `migration ${row.name} was changed after it was applied: checksum ${row.checksum.slice(0, 12)} then, ${file.checksum.slice(0, 12)} now`,
      );
    }
  }
}

async function applyOne(tx: Transaction, migration: Migration, logger: Logger): Promise<boolean> {
  await lock(tx, logger);
  const applied = await readApplied(tx);
  checkApplied(
    [migration],
    applied.filter((row) => row.name === migration.name),
  );
  if (applied.some((row) => row.name === migration.name)) return false;

  const before = await transactionId(tx);
  await tx.query(migration.text).catch((cause: unknown) => {
    throw failed(migration, cause);
  });
  if ((await transactionId(tx)) !== before) {
    throw new PlatformError(
      reasons.MIGRATION_INVALID,
      `migration ${migration.name} ends its own transaction; remove COMMIT and ROLLBACK from it`,
    );
  }
  await tx.query('INSERT INTO schema_migrations (name, set_name, number, kind, checksum) VALUES ($1, $2, $3, $4, $5)', [
    migration.name,
    migration.set,
    migration.number,
    migration.kind,
    migration.checksum,
  ]);
  return true;
}

async function transactionId(tx: Transaction): Promise<string | undefined> {
  const { rows } = await tx.query<{ id: string }>('SELECT pg_current_xact_id()::text AS id');
  return rows[0]?.id;
}

function failed(migration: Migration, cause: unknown): PlatformError {
  const original = cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : String(cause);
  return new PlatformError(reasons.MIGRATION_FAILED, `migration ${migration.name} failed: ${original}`, { cause });
}
