import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { uuidv7 } from '@mainstay/kernel';
import { withContext } from '@mainstay/kernel/context';
import { openDatabase } from '@mainstay/postgres';
import { startEmbeddedPostgres } from '@mainstay/postgres/embedded';
import { FakeClock, withFault } from '@mainstay/testing';
import { beforeEach, expect, test } from 'vitest';
import { failureOf } from './notes.ts';
import { atOnce, move, useTwoAccounts } from './two-accounts.ts';

const accounts = useTwoAccounts();
const untouched = { east: 10n, west: 10n };
const moved = { east: 7n, west: 13n };

let id: string;
beforeEach(async () => {
  id = uuidv7();
  await accounts.begin(id);
});

test('both are committed, and nothing is left prepared', async () => {
  await move(await accounts.open(), id);
  expect(await accounts.balance(id)).toEqual(moved);
  expect(await accounts.preparedCount()).toBe(0);
});

test('neither is committed when the function fails, when one goes on after a failed statement, and when one refuses to prepare', async () => {
  const books = await accounts.open();
  const left = await failureOf(
    books.run(async ({ east }) => {
      await east.query('UPDATE amounts SET amount = 0 WHERE id = $1', [id]);
      return Promise.reject(new TypeError('changed my mind'));
    }),
  );
  const wentOn = await failureOf(
    books.run(async ({ east, west }) => {
      await east.query('UPDATE amounts SET amount = 0 WHERE id = $1', [id]);
      await west.query('UPDATE amounts SET amount = -1 WHERE id = $1', [id]).catch(() => undefined);
    }),
  );
  const vetoed = await failureOf(
    books.run(async ({ east, west }) => {
      await west.query('UPDATE amounts SET amount = 0 WHERE id = $1', [id]);
      await east.query(`UPDATE amounts SET amount = 0, twin = 'nobody' WHERE id = $1`, [id]);
    }),
  );
  expect(left).toBeInstanceOf(TypeError);
  expect(wentOn).toMatchObject({ reason: 'DATABASE_TRANSACTION_FAILED', executed: 'no' });
  expect(vetoed).toMatchObject({ reason: 'DATABASE_CONSTRAINT_VIOLATED', executed: 'no' });
  expect(await accounts.balance(id)).toEqual(untouched);
  expect(await accounts.preparedCount()).toBe(0);
});

test('a part that cannot be reached when the decision stands is committed by recovery', async () => {
  const books = await accounts.open();
  using _fault = withFault('two-phase.before-end', { run: () => Promise.reject(new TypeError('cut off')) });
  await move(books, id);
  expect(await accounts.preparedCount()).toBe(1);
  expect(await books.recoverOnce()).toBe(1);
  expect(await accounts.balance(id)).toEqual(moved);
});

test('recovery looks at once, then every 5 s, until its signal aborts', async () => {
  const clock = new FakeClock();
  const books = await accounts.open({ clock });
  const leaveBehind = async (): Promise<void> => {
    using _fault = withFault('two-phase.before-end', { run: () => Promise.reject(new TypeError('cut off')) });
    await move(books, id);
    expect(await accounts.preparedCount()).toBe(1);
  };
  await leaveBehind();
  const stop = new AbortController();
  const recovering = books.recover(stop.signal);
  await expect.poll(() => accounts.preparedCount()).toBe(0);
  await expect.poll(() => clock.pendingCount).toBe(1);

  await leaveBehind();
  await clock.advance(4_999);
  expect(await accounts.preparedCount()).toBe(1);
  await clock.advance(1);
  await expect.poll(() => accounts.preparedCount()).toBe(0);
  stop.abort();
  await recovering;
  expect(await accounts.balance(id)).toEqual({ east: 4n, west: 16n });
});

test('a coordinator that stands still while recovery gives it up hears of it, and commits nothing', async () => {
  const books = await accounts.open();
  const other = await accounts.open(atOnce);
  using fault = withFault('two-phase.before-decision');
  const moving = failureOf(move(books, id));
  await fault.reached;
  expect(await books.recoverOnce()).toBe(0);
  while ((await accounts.preparedCount()) > 0) await other.recoverOnce();
  fault.release();
  expect(await moving).toMatchObject({ reason: 'TWO_PHASE_ABANDONED', executed: 'no', retry: 'now' });
  expect(await accounts.balance(id)).toEqual(untouched);
});

test('a connection that breaks under the decision leaves it in doubt, and recovery ends it', async () => {
  await using decisions = await openDatabase({ url: accounts.east.url, name: 'decisions' });
  const books = await accounts.open({ decisions });
  await using blocker = await openDatabase({ url: accounts.east.url, name: 'blocker' });
  const locked = Promise.withResolvers<void>();
  const isFree = Promise.withResolvers<void>();
  const blocking = blocker.transaction(async (tx) => {
    await tx.query('LOCK TABLE two_phase_decisions IN ACCESS EXCLUSIVE MODE');
    locked.resolve();
    await isFree.promise;
  });
  await locked.promise;
  const moving = failureOf(move(books, id));
  const cut = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE application_name = 'decisions' AND wait_event_type = 'Lock'`;
  while ((await accounts.west.database.query(cut)).rowCount === 0);
  expect(await moving).toMatchObject({ reason: 'TWO_PHASE_IN_DOUBT', executed: 'maybe', retry: 'never' });
  isFree.resolve();
  await blocking;

  expect(await accounts.preparedCount()).toBe(2);
  const impatient = await accounts.open(atOnce);
  while ((await accounts.preparedCount()) > 0) await impatient.recoverOnce();
  expect(await accounts.balance(id)).toEqual(untouched);
});

test('inside a transaction and inside a keyed call it is refused before anything is sent', async () => {
  const books = await accounts.open();
  const refused = { reason: 'DATABASE_PROPAGATION_REFUSED', executed: 'no' };
  const { database } = accounts.west;
  expect(await failureOf(database.transaction(() => move(books, id)))).toMatchObject(refused);
  const effect = { id, guard: () => undefined };
  expect(await failureOf(withContext({ effect }, () => move(books, id)))).toMatchObject(refused);
});

test('what stands for too long is listed with its age and the way out, also without its decisions', async () => {
  const books = await accounts.open();
  const impatient = await accounts.open(atOnce);
  using fault = withFault('two-phase.before-decision');
  const moving = move(books, id);
  await fault.reached;
  expect(await books.inDoubt()).toEqual([]);
  let listed = await impatient.inDoubt();
  while (listed.length < 2) listed = await impatient.inDoubt();
  expect(listed[0]).toMatchObject({ decision: 'none', wayOut: expect.stringContaining('ROLLBACK PREPARED') });
  expect(listed[0]!.ageMs).toBeGreaterThanOrEqual(listed[1]!.ageMs);

  const lost = await accounts.open({ ...atOnce, decisions: accounts.west.database });
  expect(await lost.inDoubt()).toMatchObject([{ decision: 'unknown' }, { decision: 'unknown' }]);
  expect(await failureOf(lost.recoverOnce())).toMatchObject({ reason: 'DATABASE_STATEMENT_INVALID' });
  fault.release();
  await moving;
  expect(await accounts.balance(id)).toEqual(moved);
});

test('decisions are forgotten after 7 days, but for those of parts that still stand', async () => {
  const books = await accounts.open();
  await move(books, id);
  const { database } = accounts.east;
  await database.query(`UPDATE two_phase_decisions SET decided_at = now() - interval '8 days'`);
  using _fault = withFault('two-phase.before-end', { run: () => Promise.reject(new TypeError('cut off')) });
  await move(books, id);
  await database.query(`UPDATE two_phase_decisions SET decided_at = now() - interval '8 days'`);
  const count = async (): Promise<unknown> =>
    (await database.query('SELECT count(*)::int AS count FROM two_phase_decisions')).rows[0]?.['count'];
  expect(await books.recoverOnce()).toBe(1);
  expect(await count()).toBe(1);
  await books.recoverOnce();
  expect(await count()).toBe(0);
});

test('a server that can prepare nothing is refused at the start with the name of the setting', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'two-phase-test-'));
  try {
    await using server = await startEmbeddedPostgres({ dataDir, fsync: false });
    await using west = await openDatabase({ url: server.url, name: 'west' });
    const participants = { east: accounts.east.database, west };
    expect(await failureOf(accounts.open({ participants }))).toMatchObject({
      reason: 'TWO_PHASE_UNAVAILABLE',
      message: expect.stringMatching(/west .*max_prepared_transactions/),
    });
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
});

test.each([
  [{ participants: {} }, 'twoPhase.participants'],
  [{ name: "o'clock" }, 'twoPhase.name'],
  [{ timeoutMs: 100, abandonAfterMs: 100 }, 'twoPhase.abandonAfterMs'],
])('%j is refused', async (own, option) => {
  expect(await failureOf(accounts.open(own as object))).toMatchObject({
    reason: 'OPTION_INVALID',
    message: expect.stringContaining(option),
  });
});
