import { withContext } from '@mainstay/kernel/context';
import { readYourWrites, type Transaction, writtenToken } from '@mainstay/postgres';
import { expect, test } from 'vitest';
import { failureOf } from './notes.ts';
import { look, untilReadsRunOn, useReplication, write } from './replicas-harness.ts';

const servers = useReplication();
const onReplica = { readOnly: true, reads: 'replica' } as const;

test('reads that say so run on both replicas, all others on the primary', async () => {
  await using notes = await servers.open([0, 1]);
  const { database } = notes;
  const ports = new Set<number>();
  while (ports.size < 2) {
    const found = await look(database.reads, 'none');
    expect(found.on).toBe('replica');
    ports.add(found.port);
  }
  expect(await database.transaction(onReplica, (tx) => look(tx, 'none'))).toMatchObject({ on: 'replica' });
  expect(await database.transaction({ readOnly: true }, (tx) => look(tx, 'none'))).toMatchObject({ on: 'primary' });
  expect(await look(database, 'none')).toMatchObject({ on: 'primary' });
  expect([...notes.reads.keys()]).toEqual(['replica']);
});

test('a part that joins a read on a replica runs there too, and one inside a transaction joins that on the primary', async () => {
  await using notes = await servers.open([0]);
  const inner = (): Promise<unknown> => notes.database.transaction(onReplica, (tx) => look(tx, 'none'));
  expect(await notes.database.transaction(onReplica, inner)).toMatchObject({ on: 'replica' });
  expect(await notes.database.transaction(inner)).toMatchObject({ on: 'primary' });
});

test('a read that writes is refused as a mistake of the program, on a replica as on a primary without', async () => {
  const insert = `INSERT INTO notes (body) VALUES ('refused')`;
  for (const places of [[0], []]) {
    await using notes = await servers.open(places);
    const { database } = notes;
    const refused = { reason: 'DATABASE_WRITE_REFUSED', executed: 'no', retry: 'never' };
    expect(await failureOf(database.reads.query(insert))).toMatchObject(refused);
    expect(await failureOf(database.transaction(onReplica, (tx) => tx.query(insert)))).toMatchObject(refused);
    expect(await look(database.reads, 'refused')).toMatchObject({ seen: false });
  }
});

test('only a read-only transaction that is not serializable may ask for a replica', async () => {
  await using notes = await servers.open([]);
  const asks = (options: object): Promise<unknown> =>
    failureOf(notes.database.transaction({ reads: 'replica', ...options }, async () => 'it ran'));
  expect(await asks({})).toMatchObject({ reason: 'OPTION_INVALID' });
  expect(await asks({ readOnly: true, isolation: 'serializable' })).toMatchObject({ reason: 'OPTION_INVALID' });
  expect(await asks({ readOnly: true, reads: { maxLagMs: 0 } })).toMatchObject({ reason: 'OPTION_INVALID' });
});

test('a call reads what it wrote: on the primary when the replica does not show it within 50 ms, on the replica once it does', async () => {
  await using notes = await servers.open([0], { waitMs: 50 });
  await using patient = await servers.open([0], { waitMs: 30_000 });
  const [standby] = servers.replication.standbys;
  await standby!.pauseReplay();

  const token = await readYourWrites({}, async () => {
    await write(notes.database, 'mine');
    expect(await look(notes.database.reads, 'mine')).toMatchObject({ seen: true, on: 'primary' });
    expect(await notes.database.transaction(onReplica, (tx) => look(tx, 'mine'))).toMatchObject({ on: 'primary' });
    return writtenToken();
  });
  expect(notes.reads).toEqual(new Map([['primary: not_written_yet', 2]]));
  expect(await look(notes.database.reads, 'mine')).toMatchObject({ seen: false, on: 'replica' });

  const later = readYourWrites({ after: token }, () => look(patient.database.reads, 'mine'));
  await standby!.resumeReplay();
  expect(await later).toMatchObject({ seen: true, on: 'replica' });
  expect(patient.reads).toEqual(new Map([['replica', 1]]));
});

test('single statements of a call are noted as its transactions are; a text of several sends its reads to the primary', async () => {
  await using notes = await servers.open([0], { waitMs: 30_000 });
  await readYourWrites({}, async () => {
    await notes.database.query('INSERT INTO notes (body) VALUES ($1)', ['single']);
    expect(await look(notes.database.reads, 'single')).toMatchObject({ seen: true, on: 'replica' });
    expect(await failureOf(notes.database.query('INSERT INTO notes (body) VALUES (NULL)'))).toMatchObject({
      reason: 'DATABASE_CONSTRAINT_VIOLATED',
    });
    expect(await look(notes.database.reads, 'single')).toMatchObject({ on: 'replica' });
    await notes.database.query(`INSERT INTO notes VALUES ('a'); INSERT INTO notes VALUES ('b')`);
  });
  await readYourWrites({}, async () => {
    await notes.database.query(`SELECT 1; INSERT INTO notes VALUES ('several')`);
    await using hasty = await servers.open([0], { waitMs: 0 });
    expect(await look(hasty.database.reads, 'several')).toMatchObject({ seen: true, on: 'primary' });
  });
});

test('reads of a keyed call run on the primary, where the record of its key is written', async () => {
  await using notes = await servers.open([0]);
  const effect = { id: 'e', guard: () => undefined };
  const found = await withContext({ effect }, () => notes.database.transaction(onReplica, (tx) => look(tx, 'none')));
  expect(found.on).toBe('primary');
  expect(notes.reads).toEqual(new Map([['primary: keyed', 1]]));
});

test('a replica that is behind by time or by bytes gets no reads until it has caught up', async () => {
  const [, standby] = servers.replication.standbys;
  await using byTime = await servers.open([1], { maxLagMs: 200 });
  await using byBytes = await servers.open([1], { maxLagBytes: 0 });
  for (const { database } of [byTime, byBytes]) await untilReadsRunOn('replica', database);

  await standby!.pauseReplay();
  await write(byTime.database, 'behind');
  for (const { database, reads } of [byTime, byBytes]) {
    await untilReadsRunOn('primary', database);
    expect(reads.get('primary: all_behind')).toBeGreaterThan(0);
  }
  expect(
    await byBytes.database.transaction({ readOnly: true, reads: { maxLagMs: 60_000 } }, (tx) => look(tx, '')),
  ).toMatchObject({ on: 'primary' });
  expect(
    await byTime.database.transaction({ readOnly: true, reads: { maxLagMs: 60_000 } }, (tx) => look(tx, '')),
  ).toMatchObject({ on: 'replica' });

  await standby!.resumeReplay();
  for (const { database } of [byTime, byBytes]) await untilReadsRunOn('replica', database);
});

test('a replica is level with a primary that rests in the middle of a record', async () => {
  await using notes = await servers.open([0]);
  const flushed = async (): Promise<unknown> =>
    (await notes.database.query('SELECT pg_current_wal_flush_lsn()::text AS at')).rows[0]?.['at'];
  const before = await flushed();
  // More than a page of log that no commit waits for: what is flushed of it ends with a page.
  await notes.database.query(`SELECT pg_logical_emit_message(false, 'test', repeat('x', 20000))`);
  while ((await flushed()) === before);
  await using exact = await servers.open([0], { maxLagBytes: 0 });
  expect(await look(exact.database.reads, '')).toMatchObject({ on: 'replica' });
});

test('a read that replay stands in the way of is run again, on the primary', async () => {
  const standby = servers.replication.standbys[1]!;
  await standby.ask('ALTER SYSTEM SET max_standby_streaming_delay = 0');
  await standby.ask('SELECT pg_reload_conf()');
  while ((await standby.ask('SHOW max_standby_streaming_delay')) !== '0');
  // What replays reads its settings when it is stopped, at the latest.
  await standby.pauseReplay();
  await standby.resumeReplay();
  await using notes = await servers.open([1]);
  const { database, reads } = notes;
  await database.query(`INSERT INTO notes SELECT 'conflict' FROM generate_series(1, 100)`);

  const runs: string[] = [];
  const read = async (tx: Transaction): Promise<void> => {
    const { on } = await look(tx, 'conflict');
    runs.push(on);
    if (on === 'primary') return;
    await servers.onPrimary(`DELETE FROM notes WHERE body = 'conflict'`);
    await servers.onPrimary('VACUUM notes');
    for (;;) await tx.query('SELECT count(*) FROM notes');
  };
  await database.transaction({ ...onReplica, isolation: 'repeatable read' }, read);
  expect(runs).toEqual(['replica', 'primary']);
  expect(reads).toEqual(new Map([['primary: failed', 1]]));
  await standby.ask('ALTER SYSTEM RESET max_standby_streaming_delay');
  await standby.ask('SELECT pg_reload_conf()');
});

test('no read fails when a replica is killed under 8 readers, and a primary is no replica', async () => {
  await using notes = await servers.open([2]);
  const { database, reads } = notes;
  let isOver = false;
  const readers = Array.from({ length: 8 }, async () => {
    // A read that takes some time, so that some are under way on the replica when it is killed.
    while (!isOver) await database.reads.query('SELECT pg_sleep(0.01)');
  });
  await look(database.reads, '');
  await servers.replication.standbys[2]!.kill();
  await untilReadsRunOn('primary', database);
  isOver = true;
  await Promise.all(readers);
  expect(reads.get('primary: failed')).toBeGreaterThan(0);
  expect(await database.transaction(onReplica, (tx) => look(tx, ''))).toMatchObject({ on: 'primary' });
});
