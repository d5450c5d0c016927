import { type TestDatabase, testDatabase } from '@mainstay/postgres/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ClearReadStore, createClearReadStore } from '../../src/clear-reads/clear-read-store.ts';
import { fast, startTestGateway, type TestGateway } from '../harness.ts';
import { type TokenChanges, userId } from '../token-issuer.ts';
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
        async *watchPeople({ name }: { name: string }) {
          yield name === 'alone' ? { ...customer, friends: [] } : customer;
          yield name === 'alone' ? { ...stranger, friends: [] } : stranger;
        },
      },
      products: { listProducts: () => ({ products: [] }) },
    },
    {
      clearReads,
      findKey: () => ({ client: 'auditors', tier: 'enterprise', scopes: ['lab.read', 'pii.high.read'] }),
    },
  );
});
afterAll(async () => {
  await lab[Symbol.asyncDispose]();
  await db[Symbol.asyncDispose]();
});

/** Asks as a user with these roles, and gives what the record has more of than before, oldest first. */
async function recordedBy(path: string, ...roles: readonly string[]) {
  return recordedFor(path, roles.length === 0 ? undefined : { subject: 'somebody', roles });
}

/** The same of a caller with this token. */
async function recordedFor(path: string, changes: TokenChanges | undefined, headers = fast) {
  const [last] = await store.latest(1);
  const token = changes === undefined ? undefined : await lab.tokens.sign(changes);
  const answer = await lab.send('GET', path, { token, headers });
  const rows = (await store.latest(100)).filter(({ at }) => last === undefined || at > last.at);
  return { answer, rows: rows.reverse() };
}

const shownFields = [
  'lab.v1.Home.street',
  ...['age', 'born_at', 'email', 'former_name', 'nicknames', 'notes', 'passport', 'phone', 'picture'].map(
    (name) => `lab.v1.Person.${name}`,
  ),
];

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
          fields: shownFields,
          grants: [],
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

const grants = [
  { id: 'g-1', role: 'support', customer: userId },
  { id: 'g-2', role: 'support', customer: stranger.userId },
];
const helper = (...given: readonly object[]): TokenChanges => ({
  subject: 'helper',
  roles: ['customer', 'support'],
  claims: { grants: given },
});

it('a grant is named when it is why something is shown, not when its customer is not in the answer, nor when a role shows it', async () => {
  const [first, second] = grants as [object, object];
  const grantsOf = async (path: string, changes: TokenChanges): Promise<unknown> =>
    (await recordedFor(path, changes)).rows.map((row) => row.grants);

  expect(await grantsOf('/lab/people/customer/email', helper(first, second))).toEqual([['g-1']]);
  expect(await grantsOf('/lab/people/stranger/email', helper(first, second))).toEqual([['g-2']]);
  expect(await grantsOf('/lab/people/stranger/email', helper(first))).toEqual([]);
  expect(await grantsOf('/lab/people', helper(first, second))).toEqual([['g-1', 'g-2']]);
  const admin = { ...helper(first), roles: ['admin', 'support'] };
  expect(await grantsOf('/lab/people/customer/email', admin)).toEqual([[]]);
});

it('a stream that goes on to show more is recorded again: what came by a second grant, and a field that was not shown before', async () => {
  const { answer, rows } = await recordedFor('/lab/people:watch?name=alone', helper(...grants));

  expect(rows.map((row) => [row.grants, row.traceId, row.fields.includes('lab.v1.Person.phone')])).toEqual([
    [['g-1'], answer.headers['x-trace-id'], true],
    [['g-2'], answer.headers['x-trace-id'], false],
  ]);
});

it('a secret that is shown is in the record by its field', async () => {
  const admin = { subject: 'somebody', roles: ['admin'] };
  const shown = await recordedFor('/lab/people/stranger', admin, { 'x-api-key': 'known' });
  const masked = await recordedFor('/lab/people/stranger', admin);

  expect(shown.answer.text).toContain('hunter2');
  expect(shown.rows.map(({ fields }) => fields)).toEqual([[...shownFields, 'lab.v1.Person.secret'].sort()]);
  expect(masked.rows.map(({ fields }) => fields)).toEqual([shownFields]);
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
