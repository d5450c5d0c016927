import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { silentLogger, systemClock } from '@mainstay/kernel';
import { eventStoreMigrations } from '@mainstay/messaging';
import { runMigrations } from '@mainstay/postgres';
import { type TestDatabase, testDatabase } from '@mainstay/postgres/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createOrderRecord } from '../src/record/order-record.ts';

const migrations = fileURLToPath(new URL('../migrations/', import.meta.url));
const [paid, declined] = ['0192f3c1-2b7e-7c3a-9d5e-0f4b6a1c2d01', '0192f3c1-2b7e-7c3a-9d5e-0f4b6a1c2d02'];
const payment = '0192f3c1-2b7e-7c3a-9d5e-0f4b6a1c2dff';

let db: TestDatabase;
/** Tables as they were before orders were recorded as events, then the migration that does it. */
beforeAll(async () => {
  const old = await mkdtemp(join(tmpdir(), 'mainstay-orders-'));
  for (const file of await readdir(migrations)) {
    if (file < '0005') await cp(join(migrations, file), join(old, file));
  }
  db = await testDatabase({
    migrations: [eventStoreMigrations, { name: 'orders', directory: new URL(`file://${old}/`) }],
  });
  await rm(old, { recursive: true });
  const order = `(id, user_id, status, currency_code, subtotal_minor_units, tax_minor_units, shipping_minor_units, total_minor_units,
    street, city, state, zip_code, country, payment_id, cancel_reason, failure, tracking_number, saga_id, closing_saga_id, created_at, updated_at)`;
  await db.database.query(
    `insert into orders ${order} values
     ($1, $3, 'shipped', 'USD', 4000, 320, 0, 4320, '1 Main St', 'Zürich', 'ZH', '8001', 'CH', $4, null, null, 'T-1', 'sg_1', null,
       '2026-11-01 10:00:00.123', '2026-11-02 10:00:00.456'),
     ($2, $3, 'cancelled', 'EUR', 1999, 0, 599, 2598, '2 Main St', 'Graz', 'ST', '8010', 'AT', null, 'PAYMENT_DECLINED',
       '{"reason": "PAYMENT_DECLINED", "metadata": {"decline_code": "card_declined", "step": "authorize-payment"}}', null, 'sg_2', null,
       '2026-11-01 11:00:00', '2026-11-01 11:00:01')`,
    [paid, declined, '0192f3c1-2b7e-7c3a-9d5e-0f4b6a1c2daa', payment],
  );
  await db.database.query(
    `insert into order_items values
     ($1, 1, $3, 'SKU-1', 'Lamp „Ä“', 2, 1000, 2000), ($1, 2, $4, 'SKU-2', 'Free gift', 1, 0, 0),
     ($1, 3, $2, 'SKU-3', 'Chair', 1, 2000, 2000), ($2, 1, $3, 'SKU-1', 'Lamp', 1, 1999, 1999)`,
    [paid, declined, payment, '0192f3c1-2b7e-7c3a-9d5e-0f4b6a1c2dbb'],
  );
  await db.database.query(
    `insert into order_status_changes (order_id, from_status, to_status, reason, actor, at) values
     ($1, null, 'pending', '', 'customer', '2026-11-01 10:00:00.123'), ($1, 'pending', 'reserved', '', 'saga', '2026-11-01 10:00:01'),
     ($1, 'reserved', 'confirmed', '', 'saga', '2026-11-01 10:00:02'), ($1, 'confirmed', 'shipped', 'sent', 'admin', '2026-11-02 10:00:00.456'),
     ($2, null, 'pending', '', 'customer', '2026-11-01 11:00:00'), ($2, 'pending', 'cancelled', 'PAYMENT_DECLINED', 'saga', '2026-11-01 11:00:01')`,
    [paid, declined],
  );
  await runMigrations({
    database: db.database,
    directory: { name: 'orders', directory: new URL('../migrations/', import.meta.url) },
    logger: silentLogger,
  });
});
afterAll(() => db[Symbol.asyncDispose]());

async function content(): Promise<string> {
  const { rows } = await db.database.query<{ all: string }>(
    `select string_agg(line, E'\\n' order by line) as all
     from (select t::text as line from orders t union all select t::text from order_items t) as lines`,
  );
  return rows[0]!.all;
}

const record = () =>
  createOrderRecord({ database: db.database, clock: systemClock, events: { tell: async () => undefined } });

test('the tables made anew from the imported events are those of before, to the byte', async () => {
  const before = await content();
  const { events } = await record().projections.rebuild('order-status', { actor: 'test', why: 'to see' });

  expect(events).toBeGreaterThanOrEqual(2);
  expect(await content()).toBe(before);
  expect(before.split('\n')).toHaveLength(6);
});

test('an imported order keeps its 4 changes of status with time, reason and actor, and goes on', async () => {
  const orders = record();
  const changes = await orders.statusChanges(db.database, paid);
  expect(changes.map(({ from, to, reason, actor, at }) => [from, to, reason, actor, at.toISOString()])).toEqual([
    [null, 'pending', '', 'customer', '2026-11-01T10:00:00.123Z'],
    ['pending', 'reserved', '', 'saga', '2026-11-01T10:00:01.000Z'],
    ['reserved', 'confirmed', '', 'saga', '2026-11-01T10:00:02.000Z'],
    ['confirmed', 'shipped', 'sent', 'admin', '2026-11-02T10:00:00.456Z'],
  ]);

  const row = await db.database.transaction((tx) =>
    orders.execute(tx, paid, { command: { kind: 'deliver' }, actor: 'admin' }),
  );
  expect(row).toMatchObject({ status: 'delivered', version: 2n, tracking_number: 'T-1', payment_id: payment });
});

test('days of before are counted from the imported events: 2 placed, 1 paid', async () => {
  await record().projections.rebuild('order-analytics', { actor: 'test', why: 'to see' });

  const { rows } = await db.database.query(
    `select day, placed_count, confirmed_count, cancelled_count, currency_code, minor_units
     from order_day_counts left join order_day_revenues using (day)`,
  );
  expect(rows).toEqual([
    {
      day: '2026-11-01',
      placed_count: 2n,
      confirmed_count: 1n,
      cancelled_count: 1n,
      currency_code: 'USD',
      minor_units: 4_320n,
    },
  ]);
});
