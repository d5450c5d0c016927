import { kill } from 'node:process';
import { openDatabase } from '@mainstay/postgres';
import { auditBooks } from './books.ts';
import { insist } from './crash.ts';
import type { Order, Person, Product } from './customer.ts';
import type { Fleet } from './fleet.ts';
import { auditLedger } from './ledger.ts';
import { until } from './processes.ts';

/** What a storm did, and what was wrong afterwards; `wrong` is empty when nothing was lost. */
export interface StormReport {
  readonly kills: Readonly<Record<string, number>>;
  readonly orders: Readonly<Record<string, number>>;
  readonly wrong: readonly string[];
}

/** How hard it blows. */
export interface StormOptions {
  readonly fleet: Fleet;
  readonly product: Product;
  readonly customers: readonly Person[];
  /** It blows until so much time has passed and so many kills were made. */
  readonly seconds: number;
  readonly kills: number;
}

const victims = ['orders', 'payments', 'products', 'postgres'] as const;
const tokens = ['tok_visa', 'tok_visa', 'tok_visa', 'tok_declined'];
const quietMs = 30_000;

/**
 * Kills services with -9 and stops PostgreSQL at once, one of them every 5 to 10 s, under a load of orders, and holds
 * everything against everything afterwards.
 */
export async function runStorm(options: StormOptions): Promise<StormReport> {
  const { fleet, customers, product } = options;
  const blowing = new AbortController();
  const ids = customers.map(async (customer, index) => {
    const placed: { readonly customer: Person; readonly id: string }[] = [];
    for (let count = index; !blowing.signal.aborted; count++) {
      placed.push({ customer, id: await insist(customer, product, tokens[count % tokens.length]!) });
    }
    return placed;
  });
  const kills = await disrupt(options).finally(() => blowing.abort());
  const placed = (await Promise.all(ids)).flat();
  const unowned = await until('work that nobody owns', () => countUnowned(fleet), {
    withinMs: quietMs,
    holds: (count) => count === 0,
  }).catch((error: unknown) => String(error));
  const ends = await Promise.all(placed.map(({ customer, id }) => customer.settled(id)));
  const wrong = [
    ...(typeof unowned === 'string' ? [unowned] : []),
    ...ends.filter(({ status }) => !/CONFIRMED|CANCELLED/.test(status)).map(({ id, status }) => `${id} is ${status}`),
    ...(await auditBooks(fleet)),
    ...(await auditLedger(fleet)),
  ];
  return { kills, orders: countBy(ends, ({ status }: Order) => status), wrong };
}

async function disrupt({ fleet, seconds, kills: wanted }: StormOptions): Promise<Record<string, number>> {
  const endAtMs = Date.now() + seconds * 1_000;
  const kills: Record<string, number> = {};
  for (let count = 0; count < wanted || Date.now() < endAtMs; ) {
    await new Promise((resolve) => setTimeout(resolve, 5_000 + Math.random() * 5_000));
    const victim = victims[count % victims.length]!;
    const pid = await fleet.pidOf(victim).catch(() => 0);
    if (pid === 0) continue;
    // PostgreSQL's immediate stop: no checkpoint, no goodbye, recovery from the log at the next start.
    kill(pid, victim === 'postgres' ? 'SIGQUIT' : 'SIGKILL');
    kills[victim] = (kills[victim] ?? 0) + 1;
    count += 1;
  }
  return kills;
}

/** Sagas that are due and in nobody's hands. */
async function countUnowned(fleet: Fleet): Promise<number> {
  await using database = await openDatabase({
    url: await fleet.databaseUrl('orders'),
    name: 'storm-audit',
    maxConnections: 1,
  });
  const { rows } = await database.query<{ n: number }>(
    `select count(*)::integer as n from sagas
     where ended_at is null and available_at <= now() - interval '1 second' and not exists (
       select from saga_runners where saga_runners.id = sagas.owner and lease_until > now())`,
  );
  return rows[0]?.n ?? 0;
}

function countBy<T>(items: readonly T[], keyOf: (item: T) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const item of items) counts[keyOf(item)] = (counts[keyOf(item)] ?? 0) + 1;
  return counts;
}
