import { type Client, createClient } from '@connectrpc/connect';
import { defineConfig } from '@mainstay/config';
import { EventAdminService } from '@mainstay/contracts/mainstay/operations/v1/events';
import { SagaAdminService, SagaEnd, SagaStatus } from '@mainstay/contracts/mainstay/operations/v1/sagas';
import { StuckWorkService } from '@mainstay/contracts/mainstay/operations/v1/stuck_work';
import { OrderPlacedSchema } from '@mainstay/contracts/orders/v1/events';
import { defineReasons, PlatformError, silentLogger, silentMeter } from '@mainstay/kernel';
import { newTrace, runInContext } from '@mainstay/kernel/context';
import { leaseMigrations } from '@mainstay/leases';
import { inboxMigrations, onEvent, outboxMigrations, tell } from '@mainstay/messaging';
import { type TestDatabase, testDatabase } from '@mainstay/postgres/testing';
import { createDirectTransport, createInternalIdentity } from '@mainstay/rpc';
import { createSagaEngine, defineSaga, newSagaId, type SagaEngine, sagaMigrations } from '@mainstay/saga';
import { defineService, type Host, type ServiceContext, startHost } from '@mainstay/service';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { internalKey } from './spawn-service.ts';

const reasons = defineReasons({
  REFUND_REFUSED: { code: 'failed_precondition', executed: 'no', retry: 'never', summary: '', operator: '' },
});
const config = defineConfig({ name: 'orders', keys: {} });
const refuse = (message: string): never => {
  throw new PlatformError(reasons.REFUND_REFUSED, message);
};

const trip = defineSaga<object>({
  name: 'trip',
  steps: [
    { name: 'pay', run: async () => undefined, compensate: async () => refuse('no refund today') },
    { name: 'close', run: async () => refuse('closed shop') },
  ],
});

const closed: string[] = [];
let databases: TestDatabase[];
let host: Host;
let engine: SagaEngine;
let context: ServiceContext<typeof config>;

beforeAll(async () => {
  databases = await Promise.all([testDatabase(), testDatabase()]);
  const orders = defineService({
    name: 'orders',
    version: '1',
    config,
    database: { migrations: [leaseMigrations, outboxMigrations, inboxMigrations, sagaMigrations] },
    tells: [OrderPlacedSchema],
    async start(given) {
      context = given;
      engine = createSagaEngine({ database: given.database, sagas: [trip], owner: given.instanceId });
      return {
        sagas: engine,
        consumers: [
          {
            name: 'notes',
            sources: ['orders'],
            maxAttempts: 1,
            handlers: [onEvent(OrderPlacedSchema, async () => refuse('cannot digest it'))],
          },
        ],
        stuck: [
          {
            kind: 'disagreement',
            list: async () => [
              {
                id: 'd1',
                type: 'amount',
                subject: 'o9',
                since: new Date(0),
                reason: 'AMOUNT',
                message: 'twice',
                attempts: 1,
                needsPerson: true,
                actions: ['resolve'],
              },
            ],
            resolve: async (id, { actor, reason }) => closed.push(`${id} ${actor} ${reason}`) > 0 && id === 'd1',
          },
        ],
        [Symbol.asyncDispose]: async () => await engine[Symbol.asyncDispose](),
      };
    },
  });
  const env = {
    MAINSTAY_INTERNAL_KEY: internalKey,
    MAINSTAY_REGISTRY_ADDRESS: '127.0.0.1:1',
    MAINSTAY_DRAIN_PAUSE_MS: '0',
    ORDERS_DATABASE_URL: databases[0]!.url,
    MAINSTAY_BUS_URL: databases[1]!.url,
  };
  host = await startHost([orders], { env, logDestination: { write: () => undefined } });
});
afterAll(async () => {
  await host[Symbol.asyncDispose]();
  await Promise.all(databases.map((each) => each[Symbol.asyncDispose]()));
});

interface Admin extends AsyncDisposable {
  readonly sagas: Client<typeof SagaAdminService>;
  readonly events: Client<typeof EventAdminService>;
  readonly stuck: Client<typeof StuckWorkService>;
}

/** Clients over a real connection, which call as a service. */
function connect(service = 'gateway'): Admin {
  const identity = createInternalIdentity({ key: Buffer.from(internalKey, 'hex'), service });
  const address = host.grpcAddress ?? '';
  const transport = createDirectTransport({ address, identity, logger: silentLogger, meter: silentMeter });
  return {
    sagas: createClient(SagaAdminService, transport),
    events: createClient(EventAdminService, transport),
    stuck: createClient(StuckWorkService, transport),
    [Symbol.asyncDispose]: () => transport[Symbol.asyncDispose](),
  };
}

const as = <T>(roles: readonly string[], run: () => Promise<T>): Promise<T> =>
  runInContext({ trace: newTrace(), identity: { kind: 'user', userId: 'ada', roles } }, run);

const placed = (orderId: string) =>
  context.database.transaction((tx) => context.events.tell(tx, tell(OrderPlacedSchema, { orderId, itemCount: 2 })));

/** A saga whose undoing is refused. */
async function stuckSaga(subject: string): Promise<string> {
  const id = newSagaId();
  await engine.begin(trip, { id, subject, state: {} });
  await expect.poll(async () => (await engine.read(id))?.record.needsIntervention, { timeout: 15_000 }).toBe(true);
  return id;
}

const service = 'orders';

test('an administrator sees a stuck saga with its actions, resolves it, and stands in the record with the reason', async () => {
  await using admin = connect();
  const id = await stuckSaga('o1');
  await as(['admin'], async () => {
    const { sagas } = await admin.sagas.listSagas({ service, subject: 'o1', statuses: [SagaStatus.COMPENSATING] });
    expect(sagas).toMatchObject([
      {
        id,
        name: 'trip',
        step: 'pay',
        reason: 'REFUND_REFUSED',
        needsIntervention: true,
        actions: ['retry', 'skip', 'resolve'],
      },
    ]);
    const { items } = await admin.stuck.listStuckWork({ service, kinds: ['saga'], subject: 'o1' });
    expect(items).toMatchObject([{ kind: 'saga', id, subject: 'o1', needsPerson: true }]);

    await admin.sagas.resolveSaga({ service, id, as: SagaEnd.COMPENSATED, reason: 'paid back in cash' });
    await expect.poll(async () => (await engine.read(id))?.record.status, { timeout: 15_000 }).toBe('compensated');
    const { saga, history } = await admin.sagas.getSaga({ service, id });
    expect(saga).toMatchObject({ status: SagaStatus.COMPENSATED, actions: [] });
    expect(history.find(({ kind }) => kind === 'step_failed')).toMatchObject({ step: 'close', message: 'closed shop' });
    const acted = { actor: 'user:ada', reason: 'paid back in cash' };
    expect(history.find(({ kind }) => kind === 'resolved_by_hand')).toMatchObject(acted);
    const { actions } = await admin.stuck.listOperatorActions({ service });
    expect(actions.find((action) => action.id === id)).toMatchObject({ ...acted, action: 'resolve', kind: 'saga' });
  });
});

test('pages of 1 lead through 2 sagas; an action that does not fit and an unknown saga are refused', async () => {
  await using admin = connect();
  const first = await stuckSaga('o2');
  const second = await stuckSaga('o2');
  await as(['admin'], async () => {
    const page = await admin.sagas.listSagas({ service, subject: 'o2', pageSize: 1 });
    const next = await admin.sagas.listSagas({ service, subject: 'o2', pageSize: 1, pageToken: page.nextPageToken });
    expect([...page.sagas, ...next.sagas].map(({ id }) => id)).toEqual([second, first]);
    expect(next.nextPageToken).toBe('');

    await expect(admin.sagas.compensateSaga({ service, id: first, reason: 'x' })).rejects.toMatchObject({
      reason: 'SAGA_ACTION_INVALID',
    });
    await expect(admin.sagas.retrySaga({ service, id: first })).rejects.toMatchObject({ reason: 'REQUEST_INVALID' });
    await expect(admin.sagas.getSaga({ service, id: 'sg_0' })).rejects.toMatchObject({ reason: 'SAGA_NOT_FOUND' });
    await expect(admin.sagas.listSagas({ service: 'nobody' })).rejects.toMatchObject({ reason: 'OPERATIONS_UNKNOWN' });
    for (const id of [first, second])
      await admin.sagas.skipSagaStep({ service, id, step: 'pay', reason: 'written off' });
  });
});

test('customers, nobody, and services other than the gateway are refused by every method', async () => {
  await using admin = connect();
  await using stranger = connect('products');
  const calls = ({ sagas, events, stuck }: Admin): (() => Promise<unknown>)[] => [
    () => sagas.listSagas({ service }),
    () => sagas.resolveSaga({ service, id: 'x', as: SagaEnd.COMPLETED, reason: 'x' }),
    () => events.listEvents({ service }),
    () =>
      events.replayEvents({
        service,
        consumer: 'notes',
        source: service,
        from: { case: 'after', value: 0n },
        reason: 'x',
      }),
    () => stuck.listStuckWork({ service }),
    () => stuck.resolveStuckWork({ service, kind: 'disagreement', id: 'd1', reason: 'x' }),
  ];
  for (const call of calls(admin)) {
    await expect(as(['customer'], call)).rejects.toMatchObject({ reason: 'ROLE_REQUIRED' });
  }
  for (const call of calls(stranger)) {
    await expect(as(['admin'], call)).rejects.toMatchObject({ reason: 'CALLER_NOT_ALLOWED' });
  }
  expect(closed.filter((text) => !text.includes('booked'))).toEqual([]);
});

test('an event is tailed as it arrives; one that cannot be handled is a dead letter until it is discarded', async () => {
  await using admin = connect();
  await as(['admin'], async () => {
    await placed('o3');
    const stop = new AbortController();
    const request = { service, subject: 'o3', after: 0n };
    const tail = admin.events.tailEvents(request, { signal: stop.signal })[Symbol.asyncIterator]();
    const { value: first } = await tail.next();
    expect(first?.event).toMatchObject({ source: 'orders', type: 'orders.v1.OrderPlaced', subject: 'o3' });
    expect(JSON.parse(first?.event?.json ?? '')).toMatchObject({ order_id: 'o3', item_count: 2 });
    const arrived = tail.next();
    await placed('o3');
    expect((await arrived).value?.event?.position).toBeGreaterThan(first!.event!.position);
    stop.abort();

    const letters = () => admin.events.listDeadLetters({ service, subject: 'o3' });
    await expect.poll(async () => (await letters()).deadLetters.length, { timeout: 15_000 }).toBeGreaterThan(0);
    const letter = (await letters()).deadLetters.at(-1)!;
    expect(letter).toMatchObject({ consumer: 'notes', reason: 'REFUND_REFUSED', message: 'cannot digest it' });
    const key = { service, consumer: 'notes', source: 'orders', position: letter.event!.position };
    expect((await admin.events.getDeadLetter(key)).deadLetter?.event?.id).toBe(letter.event?.id);
    await admin.events.discardDeadLetter({ ...key, reason: 'a test order' });
    await expect(admin.events.getDeadLetter(key)).rejects.toMatchObject({ reason: 'DEAD_LETTER_UNKNOWN' });
    const { actions } = await admin.stuck.listOperatorActions({ service });
    expect(actions[0]).toMatchObject({
      kind: 'dead_letter',
      action: 'discard',
      actor: 'user:ada',
      reason: 'a test order',
    });
  });
});

test('a consumer is sent back to a position or a time, and an unknown one is refused', async () => {
  await using admin = connect();
  await as(['admin'], async () => {
    await placed('o4');
    const positions = async () => (await admin.events.listConsumers({ service })).consumers;
    const some = [{ consumer: 'notes', source: 'orders', position: expect.toSatisfy((position) => position > 0n) }];
    await expect.poll(positions, { timeout: 15_000 }).toMatchObject(some);
    const replay = { service, consumer: 'notes', source: 'orders', reason: 'counted wrongly' };
    const { newest } = await admin.events.replayEvents({ ...replay, from: { case: 'after', value: 0n } });
    expect(newest).toBeGreaterThan(0n);
    const atTime = { case: 'time', value: { seconds: BigInt(Math.ceil(Date.now() / 1_000) + 60) } } as const;
    expect(await admin.events.replayEvents({ ...replay, from: atTime })).toMatchObject({ after: newest });
    const unknown = admin.events.replayEvents({ ...replay, consumer: 'nots', from: { case: 'after', value: 0n } });
    await expect(unknown).rejects.toMatchObject({ reason: 'CONSUMER_UNKNOWN' });
  });
});

test('a consumer that missed 2 events stands in the list, at any age, with the command that sends it on, until it is sent on', async () => {
  await using admin = connect();
  await as(['admin'], async () => {
    await placed('o5');
    const at = async () => (await admin.events.listConsumers({ service })).consumers[0];
    const letters = async () => (await admin.events.listDeadLetters({ service, subject: 'o5' })).deadLetters.length;
    await expect.poll(letters, { timeout: 15_000 }).toBe(1);
    // As if two were told and removed from the bus.
    await databases[1]!.database.query('UPDATE bus_sources SET last_position = last_position + 2');
    const lost = (await at())!.newest;
    await placed('o5');
    const missed = async () =>
      (await admin.stuck.listStuckWork({ service, kinds: ['missed_events'], minAgeMs: 3_600_000n })).items;
    await expect.poll(missed, { timeout: 15_000 }).toMatchObject([
      {
        id: 'notes/orders',
        reason: 'EVENTS_MISSED',
        needsPerson: true,
        message: expect.stringContaining(`removed 2 events of orders behind position ${lost - 2n}`),
        command: `mainstay events replay notes --source orders --after ${lost}`,
      },
    ]);
    const from = { case: 'after', value: lost } as const;
    await admin.events.replayEvents({ service, consumer: 'notes', source: 'orders', from, reason: 'filled by hand' });
    expect(await missed()).toEqual([]);
    await expect.poll(async () => (await at())?.position, { timeout: 15_000 }).toBe(lost + 1n);
  });
});

test('an item of the service’s own stands in the list and is resolved with who and why; an unknown one is refused', async () => {
  await using admin = connect();
  await as(['admin'], async () => {
    const { items } = await admin.stuck.listStuckWork({ service, kinds: ['disagreement'] });
    expect(items).toMatchObject([{ kind: 'disagreement', id: 'd1', subject: 'o9', actions: ['resolve'] }]);
    await admin.stuck.resolveStuckWork({ service, kind: 'disagreement', id: 'd1', reason: 'booked by hand' });
    expect(closed).toEqual(['d1 user:ada booked by hand']);
    const sagas = admin.stuck.resolveStuckWork({ service, kind: 'saga', id: 'x', reason: 'x' });
    await expect(sagas).rejects.toMatchObject({ reason: 'STUCK_WORK_UNKNOWN' });
  });
});
