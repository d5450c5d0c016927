import { type Database, openDatabase } from '@mainstay/postgres';
import { type TestDatabase, testDatabase } from '@mainstay/postgres/testing';

/** A database with accounts, and a pool of 20 connections to it. */
export async function accountsDatabase(): Promise<
  AsyncDisposable & { readonly db: TestDatabase; readonly bank: Database }
> {
  const db = await testDatabase();
  await db.database.query(`
    CREATE TABLE accounts (id text PRIMARY KEY, balance bigint NOT NULL, version integer NOT NULL DEFAULT 1);
    CREATE TABLE guarded (id text PRIMARY KEY, balance bigint NOT NULL CONSTRAINT balance_not_negative CHECK (balance >= 0))`);
  const bank = await openDatabase({ url: db.url, name: 'bank', maxConnections: 20, acquireTimeoutMs: 30_000 });
  return {
    db,
    bank,
    async [Symbol.asyncDispose]() {
      await bank[Symbol.asyncDispose]();
      await db[Symbol.asyncDispose]();
    },
  };
}

/** Money of all accounts together. */
export async function total(sql: Database): Promise<number> {
  const { rows } = await sql.query<{ total: string }>('SELECT sum(balance)::text AS total FROM accounts');
  return Number(rows[0]?.total);
}
