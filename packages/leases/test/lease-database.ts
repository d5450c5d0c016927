import { isPlatformError } from '@mainstay/kernel';
import { type TestDatabase, testDatabase } from '@mainstay/postgres/testing';
import { type LeaseClaim, leaseMigrations, withFence } from '../src/index.ts';

/** A database with the table of leases and one for fenced writes. */
export async function leaseDatabase(): Promise<TestDatabase> {
  const db = await testDatabase({ migrations: [leaseMigrations] });
  await db.database.query(
    'create table writes (id bigserial primary key, owner text not null, epoch integer not null)',
  );
  return db;
}

/** Moves the server's time forward as far as leases can tell: everything in the table becomes older. */
export async function passTime(db: TestDatabase, ms: number): Promise<void> {
  await db.database.query(
    `update leases set expires_at = expires_at - $1 * interval '1 ms', renewed_at = renewed_at - $1 * interval '1 ms'`,
    [ms],
  );
}

/** Makes a fenced write; false when it was refused. */
export async function write(db: TestDatabase, claim: LeaseClaim, owner = 'somebody'): Promise<boolean> {
  try {
    const fenced = withFence(db.database, claim);
    await fenced.query('insert into writes (owner, epoch) values ($1, $2)', [owner, claim.epoch]);
    return true;
  } catch (error) {
    if (!isPlatformError(error, 'LEASE_LOST')) throw error;
    return false;
  }
}

/** Lets real I/O go on until something is true; the test's own limit ends it otherwise. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve));
}
