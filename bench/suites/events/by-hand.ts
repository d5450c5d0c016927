import pg from 'pg';
import type { Databases, EventPath } from './event-path.ts';

const batch = 500;

/** The same rows moved with bare statements, without leases, identity of events, savepoints or order per subject. */
export async function openByHand(urls: Databases): Promise<EventPath> {
  const [service, bus, consumer] = [urls.service, urls.bus, urls.consumer].map(
    (connectionString) => new pg.Pool({ connectionString, max: 10 }),
  ) as [pg.Pool, pg.Pool, pg.Pool];
  // Of its own, so that it does not wait behind the writers.
  const relay = new pg.Pool({ connectionString: urls.service, max: 1 });
  await service.query(
    'create table if not exists box (id bigserial primary key, at float8 not null, data bytea not null)',
  );
  await bus.query('create table if not exists log (id bigint primary key, at float8 not null, data bytea not null)');
  await consumer.query('create table if not exists marks (id text not null)');
  const data = Buffer.alloc(60, 7);
  let isClosed = false;
  let wake: (() => void) | undefined;
  let ended: Promise<void> | undefined;

  const moveBatch = async (): Promise<number> => {
    const { rows } = await relay.query('select id, at, data from box order by id limit $1', [batch]);
    if (rows.length === 0) return 0;
    const columns = [rows.map(({ id }) => id), rows.map(({ at }) => at), rows.map(({ data: bytes }) => bytes)];
    await bus.query('insert into log select * from unnest($1::bigint[], $2::float8[], $3::bytea[])', columns);
    await relay.query('delete from box where id = any($1)', [columns[0]]);
    return rows.length;
  };

  return {
    async write(count) {
      const client = await service.connect();
      await client.query('BEGIN');
      await client.query('insert into box (at, data) select $1, $2 from generate_series(1, $3)', [
        Date.now(),
        data,
        count,
      ]);
      await client.query('COMMIT');
      client.release();
      wake?.();
    },
    async relayAll() {
      while ((await moveBatch()) > 0);
    },
    async consume(onEffect) {
      let cursor = (await bus.query('select coalesce(max(id), 0) as id from log')).rows[0].id;
      const loop = async (): Promise<void> => {
        while (!isClosed) {
          if ((await moveBatch()) === 0 && !isClosed) await new Promise<void>((resolve) => (wake = resolve));
          const { rows } = await bus.query('select id, at from log where id > $1 order by id limit $2', [
            cursor,
            batch,
          ]);
          if (rows.length === 0) continue;
          await consumer.query('insert into marks select * from unnest($1::text[])', [rows.map(({ id }) => id)]);
          for (const { at } of rows) onEffect(Date.now() - at);
          cursor = rows.at(-1).id;
        }
      };
      ended = loop();
    },
    async close() {
      isClosed = true;
      wake?.();
      await ended;
      await Promise.all([service, relay, bus, consumer].map((pool) => pool.end()));
    },
  };
}
