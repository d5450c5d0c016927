import { openDatabase } from '@mainstay/postgres';
import type { Fleet } from './fleet.ts';

async function rows<T extends object>(fleet: Fleet, service: string, sql: string): Promise<readonly T[]> {
  await using database = await openDatabase({
    url: await fleet.databaseUrl(service),
    name: 'books',
    maxConnections: 1,
  });
  return (await database.query<T>(sql)).rows;
}

const paid = "('confirmed', 'shipped', 'delivered')";

/**
 * Holds the books of the four services against each other and lists every entry that does not fit; empty is right.
 *
 * Call it when no order is running. Status words are compared as they are stored.
 */
export async function auditBooks(fleet: Fleet): Promise<string[]> {
  const wrong: string[] = [];
  const orders = await rows<{ id: string; status: string; total: string }>(
    fleet,
    'orders',
    'select id::text, status, total_minor_units::text as total from orders',
  );
  const payments = await rows<{ order_id: string; status: string; net: string }>(
    fleet,
    'payments',
    'select order_id, status, (captured_minor_units - refunded_minor_units)::text as net from payments',
  );
  const reservations = await rows<{ order_id: string; status: string }>(
    fleet,
    'products',
    'select order_id, status from reservations',
  );
  const paymentOf = new Map(payments.map((payment) => [payment.order_id, payment]));
  const reservationOf = new Map(reservations.map((reservation) => [reservation.order_id, reservation.status]));
  for (const { id, status, total } of orders) {
    const net = paymentOf.get(id)?.net ?? '0';
    const hold = reservationOf.get(id) ?? 'none';
    const sold = paid.includes(`'${status}'`);
    if (status === 'pending' || status === 'reserved') wrong.push(`order ${id} is still ${status}`);
    if (sold && net !== total) wrong.push(`order ${id} is ${status} of ${total}, paid ${net}`);
    if (!sold && net !== '0') wrong.push(`order ${id} is ${status}, paid ${net}`);
    if (sold && hold !== 'committed') wrong.push(`order ${id} is ${status}, its stock is ${hold}`);
    if (!sold && (hold === 'held' || hold === 'committed'))
      wrong.push(`order ${id} is ${status}, its stock is ${hold}`);
  }
  wrong.push(...(await auditRecord(fleet, 'orders', `'order:' || id`)));
  wrong.push(...(await auditRecord(fleet, 'payments', `'payment:' || order_id`)));
  const known = new Set(orders.map((order) => order.id));
  for (const payment of payments)
    if (!known.has(payment.order_id)) wrong.push(`payment of no order ${payment.order_id}`);
  const held = await rows<{ product_id: string; on_hand: number; reserved: number; holds: number; moved: number }>(
    fleet,
    'products',
    `select s.product_id::text, s.on_hand, s.reserved,
       (select coalesce(sum(l.quantity), 0)::int from reservation_lines l join reservations r on r.id = l.reservation_id
        where l.product_id = s.product_id and r.status = 'held') as holds,
       (select coalesce(sum(m.on_hand_delta), 0)::int from stock_movements m where m.product_id = s.product_id) as moved
     from stock s`,
  );
  for (const stock of held) {
    if (stock.reserved !== stock.holds)
      wrong.push(`${stock.product_id}: ${stock.reserved} reserved, ${stock.holds} held`);
    if (stock.on_hand !== stock.moved)
      wrong.push(`${stock.product_id}: ${stock.on_hand} on hand, ${stock.moved} moved`);
    if (stock.on_hand < 0 || stock.reserved < 0) wrong.push(`${stock.product_id}: negative stock`);
  }
  return wrong;
}

/** Holds rows against the streams they follow from: each shows the last version, and no version is missing. */
async function auditRecord(fleet: Fleet, table: 'orders' | 'payments', streamOf: string): Promise<string[]> {
  const found = await rows<{ name: string; shown: string; last: string; count: string }>(
    fleet,
    table,
    `select coalesce(stream, ${streamOf}) as name, coalesce(version, 0)::text as shown, coalesce(last, 0)::text as last, count::text
     from ${table} full join (
       select stream, max(version) as last, count(*) as count from stream_events group by stream
     ) as streams on stream = ${streamOf}
     where version is distinct from last or last is distinct from count`,
  );
  return found.map(({ name, shown, last, count }) => `${name} shows version ${shown} of ${last}, ${count} events`);
}
