import { createHash, randomBytes } from 'node:crypto';
import { optionError } from '@mainstay/kernel';
import type { Database } from '../database/database.ts';
import { openDatabase } from '../database/open-database.ts';
import { type Migration, type MigrationDirectory, readMigrations } from '../migrations/migration-files.ts';
import { runMigrations } from '../migrations/run-migrations.ts';
import { testServerVariable } from './test-server.ts';

/** A database of one test file; disposing closes the pool and drops it. */
export interface TestDatabase extends AsyncDisposable {
  /** Address with superuser rights, for further pools and processes. */
  readonly url: string;
  readonly database: Database;
}

/**
 * Gives a test file a database of its own with the migrations applied.
 *
 * The first caller with a set of migrations builds a template, everyone else copies it. Needs the global setup of this package.
 *
 * Cost: a copy takes 20-60 ms; a template that much plus its migrations.
 *
 * @throws {@link PlatformError} `OPTION_INVALID` when the test run has no server.
 * @example
 * const db = await testDatabase({ migrations: [new URL('../migrations/', import.meta.url)] });
 * afterAll(() => db[Symbol.asyncDispose]());
 */
export async function testDatabase(
  options: { readonly migrations?: readonly MigrationDirectory[] } = {},
): Promise<TestDatabase> {
  const adminUrl = testServerUrl();
  const directories = options.migrations ?? [];
  const name = `test_${randomBytes(6).toString('hex')}`;
  await using admin = await openDatabase({
    url: adminUrl,
    name: 'test-admin',
    maxConnections: 2,
    statementTimeoutMs: 0,
  });
  const template = directories.length === 0 ? 'template1' : await ensureTemplate(admin, adminUrl, directories);
  await admin.query(`CREATE DATABASE ${name} TEMPLATE ${template}`);
  const url = withDatabase(adminUrl, name);
  const database = await openDatabase({ url, name });
  return {
    url,
    database,
    async [Symbol.asyncDispose]() {
      await database[Symbol.asyncDispose]();
      await using cleaner = await openDatabase({ url: adminUrl, name: 'test-admin', maxConnections: 1 });
      await cleaner.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
  };
}

/** Address of the superuser of the server of this test run. */
export function testServerUrl(): string {
  const url = process.env[testServerVariable];
  if (url === undefined) {
    throw optionError(testServerVariable, 'set by the global setup; run the test from the root of the project', url);
  }
  return url;
}

function withDatabase(adminUrl: string, name: string): string {
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return url.toString();
}

/** The template gets its name when it is complete, so that a half-built one is never copied. */
async function ensureTemplate(
  admin: Database,
  adminUrl: string,
  directories: readonly MigrationDirectory[],
): Promise<string> {
  const name = templateName(await readMigrations(directories));
  await admin.transaction(async (lock) => {
    await lock.query('SELECT pg_advisory_xact_lock(hashtext($1))', [name]);
    const found = await lock.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (found.rowCount > 0) return;
    const draft = `${name}_draft`;
    await admin.query(`DROP DATABASE IF EXISTS ${draft} WITH (FORCE)`);
    await admin.query(`CREATE DATABASE ${draft}`);
    await runMigrations({ url: withDatabase(adminUrl, draft), directory: directories });
    await admin.query(`ALTER DATABASE ${draft} RENAME TO ${name}`);
  });
  return name;
}

function templateName(migrations: readonly Migration[]): string {
  const hash = createHash('sha256');
  for (const { name, checksum } of migrations) hash.update(`${name}:${checksum};`);
  return `template_${hash.digest('hex').slice(0, 24)}`;
}
