import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { OrderPlacedSchema } from '@mainstay/contracts/orders/v1/events';
import { runMigrations } from '@mainstay/postgres';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createProjections, eventStoreMigrations, tell } from '../src/index.ts';
import { placedOrders, store } from './fixtures/effects.ts';
import { effects, empty, type PostgresSurroundings, place, publishWaiting, surroundings, until } from './harness.ts';

let around: PostgresSurroundings;
beforeAll(async () => {
  around = await surroundings();
  const { database } = around.service;
  await runMigrations({ database, directory: eventStoreMigrations });
  await database.query('create table placed_orders (order_id text primary key)');
});
beforeEach(async () => {
  await empty(around);
  await around.service.database.query('truncate stream_events, projections, placed_orders restart identity');
});
afterAll(() => around[Symbol.asyncDispose]());

const program = fileURLToPath(new URL('fixtures/worker-process.ts', import.meta.url));
const work = (point: string, epoch: number) =>
  fork(program, [around.service.url, around.busDatabase.url, point, String(epoch)]);

test.each(['projection.before-commit', 'consumer.before-batch', 'consumer.before-commit'])(
  'a worker that is killed with -9 at %s in its third batch, and another that takes over, have the effects of 20 events once each',
  async (point) => {
    const { database } = around.service;
    const ids = Array.from({ length: 20 }, (_, i) => `o${String(i).padStart(2, '0')}`);
    await place(around, ...ids);
    await publishWaiting(around);
    await database.transaction(async (tx) => {
      for (const orderId of ids) {
        const events = [tell(OrderPlacedSchema, { orderId })];
        await store.append(tx, { stream: `order:${orderId}`, expectedVersion: 0n, events, actor: 'test' });
      }
    });

    const killed = work(point, 1);
    const [, signal] = (await once(killed, 'exit')) as [number | null, string | null];
    expect(signal).toBe('SIGKILL');
    const successor = work('', 2);
    const projections = createProjections({ database, store, following: [placedOrders] });
    await until('all effects', async () => {
      const [status] = await projections.list();
      return status?.behindCount === 0 && (await effects(around)).length >= ids.length;
    });
    successor.kill('SIGKILL');
    await once(successor, 'exit');

    expect(await effects(around)).toEqual(ids);
    const { rows } = await database.query('select order_id from placed_orders order by order_id');
    expect(rows.map(({ order_id: id }) => id)).toEqual(ids);
  },
);
