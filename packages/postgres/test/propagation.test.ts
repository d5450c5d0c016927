import { defineReasons, PlatformError } from '@mainstay/kernel';
import { currentContext } from '@mainstay/kernel/context';
import type { Database, Transaction } from '@mainstay/postgres';
import { type TestDatabase, testDatabase } from '@mainstay/postgres/testing';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { add, barrier, bodies, failureOf } from './notes.ts';

let db: TestDatabase;
let database: Database;
beforeAll(async () => {
  db = await testDatabase({ migrations: [new URL('fixtures/first/', import.meta.url)] });
  database = db.database;
});
afterAll(() => db[Symbol.asyncDispose]());
beforeEach(() => database.query('TRUNCATE notes'));

const { REFUSED } = defineReasons({
  REFUSED: { code: 'failed_precondition', executed: 'no', retry: 'never', summary: 'x', operator: 'x' },
});
const refused = new PlatformError(REFUSED, 'refused');

const pidOf = async (tx: Transaction) =>
  (await tx.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows[0]?.pid;

test.each([
  // propagation, what stands after the outer one failed, what stands after the inner one failed and the outer caught it
  ['required', [], []],
  ['mandatory', [], []],
  ['nested', [], ['outer']],
  ['requires_new', ['inner'], ['outer']],
] as const)(
  '%s inside a transaction: an outer failure leaves %j, an inner one that is caught %j',
  async (propagation, afterOuter, afterInner) => {
    const outerFails = database.transaction(async (outer) => {
      await add(outer, 'outer');
      await database.transaction({ propagation }, (inner) => add(inner, 'inner'));
      throw refused;
    });
    expect(await failureOf(outerFails)).toBe(refused);
    expect(await bodies(database)).toEqual(afterOuter);

    await database.query('TRUNCATE notes');
    const innerFails = database.transaction({ name: 'whole' }, async (outer) => {
      await add(outer, 'outer');
      const inner = database.transaction({ propagation, name: 'piece' }, async (tx) => {
        await add(tx, 'inner');
        throw refused;
      });
      expect(await failureOf(inner)).toBe(refused);
    });
    const failure = await failureOf(innerFails);
    expect(await bodies(database)).toEqual(afterInner);
    if (afterInner.length > 0) return;
    expect(failure).toMatchObject({ reason: 'DATABASE_TRANSACTION_FAILED', cause: refused });
    expect(String(failure)).toContain('transaction whole was rolled back: piece, which was part of it');
  },
);

test('an audit row written with requires_new survives the roll-back of its caller, one that joined does not', async () => {
  const failing = database.transaction(async (tx) => {
    await database.transaction({ propagation: 'requires_new' }, (own) => add(own, 'audit of its own'));
    await database.transaction((joined) => add(joined, 'audit that joined'));
    await add(tx, 'order');
    throw refused;
  });

  expect(await failureOf(failing)).toBe(refused);
  expect(await bodies(database)).toEqual(['audit of its own']);
});

test('without a transaction required, requires_new and nested begin one, mandatory is refused, never runs each statement alone', async () => {
  for (const propagation of ['required', 'requires_new', 'nested'] as const) {
    const failing = database.transaction({ propagation }, async (tx) => {
      await add(tx, propagation);
      throw refused;
    });
    expect(await failureOf(failing)).toBe(refused);
  }
  expect(await bodies(database)).toEqual([]);

  const mandatory = database.transaction({ propagation: 'mandatory', name: 'part' }, (tx) => add(tx, 'mandatory'));
  expect(await failureOf(mandatory)).toMatchObject({ reason: 'DATABASE_PROPAGATION_REFUSED', executed: 'no' });
  const never = database.transaction({ propagation: 'never' }, async (tx) => {
    await add(tx, 'never');
    throw refused;
  });
  expect(await failureOf(never)).toBe(refused);
  expect(await bodies(database)).toEqual(['never']);
});

test('never is refused inside a transaction, with both names', async () => {
  const failing = database.transaction({ name: 'place-order' }, () =>
    database.transaction({ propagation: 'never', name: 'call-processor' }, async () => undefined),
  );
  const failure = await failureOf(failing);
  expect(failure).toMatchObject({ reason: 'DATABASE_PROPAGATION_REFUSED' });
  expect(String(failure)).toContain('call-processor must not run inside transaction place-order');
});

test('what would join has to be content with the isolation that is there', async () => {
  const inside = (outer: 'read committed' | 'serializable', inner: 'repeatable read') =>
    database.transaction({ isolation: outer }, () => database.transaction({ isolation: inner }, async () => 'joined'));

  expect(await inside('serializable', 'repeatable read')).toBe('joined');
  expect(await failureOf(inside('read committed', 'repeatable read'))).toMatchObject({
    reason: 'DATABASE_PROPAGATION_REFUSED',
  });
});

test('a hundred requests at once each join their own transaction and see no other', async () => {
  await using wide = await openWide();
  const place = async (order: number) => {
    await wide
      .transaction({ name: `order-${order}` }, async (tx) => {
        const pid = await pidOf(tx);
        await Promise.all(
          [1, 2, 3].map(async (line) => {
            await Promise.resolve();
            await wide.transaction({ propagation: 'mandatory' }, async (joined) => {
              expect(await pidOf(joined)).toBe(pid);
              expect(currentContext()?.transaction?.name).toBe(`order-${order}`);
              await add(joined, `${order}-${line}`);
            });
          }),
        );
        if (order % 2 === 1) throw refused;
      })
      .catch((error: unknown) => expect(error).toBe(refused));
    expect(currentContext()?.transaction).toBeUndefined();
  };

  await Promise.all(Array.from({ length: 100 }, (_, order) => place(order)));
  const kept = await bodies(database);
  expect(kept).toHaveLength(150);
  expect(kept.every((body) => Number(body.split('-')[0]) % 2 === 0)).toBe(true);
});

test('work that was left running behind begins a transaction of its own once the one it came from has ended', async () => {
  const ended = Promise.withResolvers<void>();
  let left: Promise<unknown> | undefined;
  await database.transaction(async () => {
    left = ended.promise.then(() => database.transaction((tx) => add(tx, 'late')));
  });
  ended.resolve();
  await left;
  expect(await bodies(database)).toEqual(['late']);
});

test('transactions of two databases stand inside each other, each joined by its own', async () => {
  await using other = await testDatabase({ migrations: [new URL('fixtures/first/', import.meta.url)] });
  await database.transaction(async () => {
    await other.database.transaction(async () => {
      await database.transaction({ propagation: 'mandatory' }, (tx) => add(tx, 'here'));
      await other.database.transaction({ propagation: 'mandatory' }, (tx) => add(tx, 'there'));
    });
  });
  expect([await bodies(database), await bodies(other.database)]).toEqual([['here'], ['there']]);
});

test('nested parts that run at once do not undo each other, and may stand in each other', async () => {
  const bothBegun = barrier(1);
  await database.transaction(async () => {
    const part = (body: string, fails: boolean) =>
      database.transaction({ propagation: 'nested' }, async (tx) => {
        await bothBegun();
        await add(tx, body);
        await failureOf(
          database.transaction({ propagation: 'nested' }, async (inner) => {
            await add(inner, `${body} inside`);
            throw refused;
          }),
        );
        if (fails) throw refused;
      });
    await Promise.allSettled([part('a', true), part('b', false), part('c', true), part('d', false)]);
  });
  expect(await bodies(database)).toEqual(['b', 'd']);
});

test('a nested part that swallows a failed statement is undone alone and says so', async () => {
  await database.transaction(async (tx) => {
    await add(tx, 'outer');
    const part = database.transaction({ propagation: 'nested', name: 'piece' }, async (inner) => {
      await add(inner, 'inner');
      await failureOf(add(inner, 'inner'));
    });
    const failure = await failureOf(part);
    expect(failure).toMatchObject({ reason: 'DATABASE_TRANSACTION_FAILED' });
    expect(String(failure)).toContain('piece was rolled back');
    await add(tx, 'goes on');
  });
  expect(await bodies(database)).toEqual(['goes on', 'outer']);
});

test('an error listed in commitOn commits what was written, at every depth, and is thrown all the same', async () => {
  const commitOn = [REFUSED];
  const keep = (propagation: 'required' | 'nested', rule: typeof commitOn | undefined) =>
    database.transaction({ commitOn }, async (outer) => {
      await add(outer, `around ${propagation}`);
      await database.transaction({ propagation, ...(rule && { commitOn: rule }) }, async (tx) => {
        await add(tx, propagation);
        throw refused;
      });
    });

  expect(await failureOf(keep('required', commitOn))).toBe(refused);
  expect(await failureOf(keep('nested', commitOn))).toBe(refused);
  expect(await bodies(database)).toEqual(['around nested', 'around required', 'nested', 'required']);
  await database.query('TRUNCATE notes');

  // A part without the rule rolls back, whatever the outer one would do.
  expect(await failureOf(keep('required', undefined))).toBe(refused);
  expect(await failureOf(keep('nested', undefined))).toBe(refused);
  expect(await bodies(database)).toEqual(['around nested']);
});

async function openWide(): Promise<Database> {
  const { openDatabase } = await import('@mainstay/postgres');
  return await openDatabase({ url: db.url, name: 'wide', maxConnections: 20, acquireTimeoutMs: 20_000 });
}
