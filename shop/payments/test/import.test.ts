import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { silentLogger, systemClock } from '@mainstay/kernel';
import { eventStoreMigrations } from '@mainstay/messaging';
import { runMigrations } from '@mainstay/postgres';
import { type TestDatabase, testDatabase } from '@mainstay/postgres/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPaymentRecord } from '../src/record/payment-record.ts';

const migrations = fileURLToPath(new URL('../migrations/', import.meta.url));
const id = (end: number): string => `0192f3c1-2b7e-7c3a-9d5e-0f4b6a1c2d${String(end).padStart(2, '0')}`;

let db: TestDatabase;
/** Tables as they were before payments were recorded as events, then the migration that does it. */
beforeAll(async () => {
  const old = await mkdtemp(join(tmpdir(), 'mainstay-payments-'));
  for (const file of await readdir(migrations)) {
    if (file < '0004') await cp(join(migrations, file), join(old, file));
  }
  const before = { name: 'payments', directory: new URL(`file://${old}/`) };
  db = await testDatabase({ migrations: [eventStoreMigrations, before] });
  await rm(old, { recursive: true });
  await db.database.query(
    `insert into payments (id, order_id, user_id, amount_minor_units, currency_code, status, authorization_id, captured_minor_units,
       refunded_minor_units, decline_code, closed_at, recheck_at, created_at, updated_at) values
     ($1, 'order-1', $4, 5000, 'USD', 'partially_refunded', 'auth_1', 5000, 1200, null, null, null, now() - interval '1 hour', now()),
     ($2, 'order-2', $4, 700, 'EUR', 'declined', null, 0, 0, 'card_declined', now(), null, now(), now()),
     ($3, 'order-3', null, 0, '', 'voided', null, 0, 0, null, now(), now() + interval '1 minute', now(), now())`,
    [id(1), id(2), id(3), id(4)],
  );
  await db.database.query(
    `insert into payment_transactions (id, payment_id, kind, outcome, amount_minor_units, currency_code, processor_reference, decline_code)
     values ($1, $5, 'authorize', 'unknown', 5000, 'USD', null, null), ($2, $5, 'capture', 'succeeded', 5000, 'USD', 'auth_1', null),
     ($3, $5, 'refund', 'succeeded', 1200, 'USD', 'ref_1', null), ($4, $6, 'authorize', 'declined', 700, 'EUR', null, 'card_declined')`,
    [id(11), id(12), id(13), id(14), id(1), id(2)],
  );
  await db.database.query(
    `insert into refunds (id, payment_id, name, amount_minor_units, reason, status, processor_reference)
     values ($1, $3, 'first', 1200, 'late', 'succeeded', 'ref_1'), ($2, $3, 'second', 100, 'ugly', 'pending', null)`,
    [id(21), id(22), id(1)],
  );
  const directory = { name: 'payments', directory: new URL('../migrations/', import.meta.url) };
  await runMigrations({ database: db.database, directory, logger: silentLogger });
});
afterAll(() => db[Symbol.asyncDispose]());

async function content(): Promise<string> {
  const { rows } = await db.database.query<{ all: string }>(
    `select string_agg(line, E'\\n' order by line) as all from (select t::text as line from payments t
     union all select t::text from payment_transactions t union all select t::text from refunds t) as lines`,
  );
  return rows[0]!.all;
}

test('the tables made anew from the imported events are those of before, to the byte, and a payment goes on', async () => {
  const record = createPaymentRecord({ database: db.database, clock: systemClock });
  const before = await content();
  const { events } = await record.projections.rebuild('payment-status', { actor: 'test', why: 'to see' });

  expect(events).toBe(3);
  expect(await content()).toBe(before);
  expect(before.split('\n')).toHaveLength(9);
  const { payment } = await record.execute('order-1', {
    kind: 'refundDone',
    refundId: id(22),
    processorReference: 'ref_2',
  });
  expect(payment).toMatchObject({ refunded_minor_units: 1_300n, status: 'partially_refunded', version: 2n });
});
