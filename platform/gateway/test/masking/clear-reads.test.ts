import { type TestDatabase, testDatabase } from '@mainstay/postgres/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ClearReadStore, createClearReadStore } from '../../src/clear-reads/clear-read-store.ts';
import { startTestGateway, type TestGateway } from '../harness.ts';
import { customer, personJson, stranger } from './people.ts';

let db: TestDatabase;
let store: ClearReadStore;
let lab: TestGateway;
let isLost = false;

beforeAll(async () => {
  db = await testDatabase({ migrations: [new URL('../../migrations/', import.meta.url)] });
  store = createClearReadStore(db.database);
  const clearReads: ClearReadStore = {
    ...store,
    record: (reads) => (isLost ? Promise.reject(new TypeError('the database is away')) : store.record(reads)),
  };
  lab = await startTestGateway(
    {
      lab: {
        getPerson: ({ name }: { name: string }) => (name === 'customer' ? customer : stranger),
        disclosePerson: () => stranger,
        listPeople: () => ({ people: [customer, stranger] }),
        async *watchPeople() {
          yield customer;
          yield stranger;
        },
      },
      products: { listProducts: () => ({ products: [] }) },
    },
    { clearReads },
  );
});
afterAll(async () => {
  await lab[Symbol.asyncDispose]();
  await db[Symbol.asyncDispose]();
});

/** Asks as a user with these roles, and gives what the record has more of than before, oldest first. */
async function recordedBy(path: string, ...roles: readonly string[]) {
  const [last] = await store.latest(1);
  const token = roles.length === 0 ? undefined : await lab.tokens.sign({ subject: 'somebody', roles });
  const answer = await lab.send('GET', path, { token });
  const rows = (await store.latest(100)).filter(({ at }) => last === undefined || at > last.at);
  return { answer, rows: rows.reverse() };
}

it('support and admin are in the record with what they asked, once a request: one thing, a list, a stream', async () => {
  for (const role of ['support', 'admin']) {
    for (const [path, method] of [
      ['/lab/people/stranger', 'lab.GetPerson'],
      ['/lab/people', 'lab.ListPeople'],
      ['/lab/people:watch', 'lab.WatchPeople'],
    ] as const) {
      const { answer, rows } = await recordedBy(`${path}?`, 'customer', role);

      expect(answer.text).toContain('jane.doe@example.com');
      expect(rows).toEqual([
        {
          at: expect.any(Date),
          userId: 'somebody',
          roles: ['customer', role],
          client: expect.any(String),
          method,
          path,
          traceId: answer.headers['x-trace-id'],
        },
      ]);
    }
  }
});

it('nobody is who is shown nothing of others: anonymous, a customer, the user himself, an admin who sees products', async () => {
  expect((await recordedBy('/lab/people')).rows).toEqual([]);
  expect((await recordedBy('/lab/people', 'customer')).rows).toEqual([]);
  expect((await recordedBy('/v1/products', 'admin')).rows).toEqual([]);
  const before = await store.latest(1);
  const own = await lab.send('GET', '/lab/people/customer/email', { token: await lab.tokens.sign() });
  expect(own.json).toBe('jane.doe@example.com');
  expect(await store.latest(1)).toEqual(before);
});

it('20 at once are 20 rows, each with its trace', async () => {
  const token = await lab.tokens.sign({ subject: 'busy', roles: ['admin'] });
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => lab.send('GET', '/lab/people/stranger', { token })),
  );

  const traces = (await store.latest(20)).map(({ traceId }) => traceId);
  expect(new Set(traces)).toEqual(new Set(answers.map(({ headers }) => headers['x-trace-id'])));
});

it('what cannot be recorded stays masked', async () => {
  isLost = true;
  const { answer, rows } = await recordedBy('/lab/people/stranger', 'admin');
  const watched = await recordedBy('/lab/people:watch', 'admin');
  isLost = false;

  expect([answer.json, rows]).toEqual([personJson('stranger', 'nothing personal', 'nothing personal'), []]);
  expect(watched.answer.text).not.toContain('jane.doe');
});
