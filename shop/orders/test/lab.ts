import { randomUUID } from 'node:crypto';
import { type Client, createClient } from '@connectrpc/connect';
import { type Order, OrdersService } from '@mainstay/contracts/orders/v1/orders';
import { PaymentsService } from '@mainstay/contracts/payments/v1/payments';
import type { Product } from '@mainstay/contracts/products/v1/products';
import { ProductsService } from '@mainstay/contracts/products/v1/products';
import { UsersService } from '@mainstay/contracts/users/v1/users';
import { createKeyedEffects, idempotencyMigrations } from '@mainstay/idempotency';
import { silentLogger, silentMeter, uuidv7 } from '@mainstay/kernel';
import { type CallContext, newTrace, runInContext } from '@mainstay/kernel/context';
import { createOutbox, type EventDraft, eventStoreMigrations, outboxMigrations } from '@mainstay/messaging';
import type { Transaction } from '@mainstay/postgres';
import { type TestDatabase, testDatabase } from '@mainstay/postgres/testing';
import { createInProcessTransport, createInternalIdentity, type ServiceBinding } from '@mainstay/rpc';
import { type SagaView, sagaMigrations } from '@mainstay/saga';
import { keyedBinding } from '@mainstay/service';
import { FakeClock } from '@mainstay/testing';
import type { PricingRule } from '../src/domain/pricing.ts';
import { toldEvents } from '../src/forms/order-forms.ts';
import { createPaymentTokenVault } from '../src/payment-token-vault.ts';
import { createKnownProducts } from '../src/products/known-products.ts';
import { createOrderRecord, type OrderRecord } from '../src/record/order-record.ts';
import { keyedOrders, ordersBinding } from '../src/rpc/binding.ts';
import { type OrderSagas, startOrderSagas } from '../src/sagas/order-sagas.ts';
import { createOrderWatchers } from '../src/watch/order-watchers.ts';
import { Neighbours } from './neighbours.ts';

export { Neighbours };

const internalKey = new Uint8Array(32).fill(7);
const address = { street: '1 Main St', city: 'Springfield', state: 'IL', zipCode: '62701', country: 'US' };

/** One instance of the service; its time stands still unless the test moves it. */
export interface Instance extends AsyncDisposable {
  readonly orders: Client<typeof OrdersService>;
  readonly sagas: OrderSagas;
  readonly record: OrderRecord;
  readonly clock: FakeClock;
}

/** The service on a database of its own, and its neighbours. */
export interface Lab extends AsyncDisposable {
  readonly db: TestDatabase['database'];
  readonly neighbours: Neighbours;
  /** @param options.aheadMs - how far the instance's clock is ahead of the first one's, default 0. */
  start(options?: { readonly aheadMs?: number; readonly pricing?: Partial<PricingRule> }): Instance;
  /** Lets the leases of all instances so far end, as those of dead ones do. */
  endLeases(): Promise<void>;
}

function transportTo(bindings: () => readonly ServiceBinding[], service: string, clock: FakeClock) {
  const identity = createInternalIdentity({ key: internalKey, service, clock });
  // One try per call: what fails is repeated by the saga, on the clock that the test moves.
  const silent = { logger: silentLogger, meter: silentMeter, maxAttempts: 1 };
  return createInProcessTransport({ bindings, identity, clock, ...silent });
}

const startMs = Date.UTC(2026, 5, 1);

export async function openLab(): Promise<Lab> {
  const db = await testDatabase({
    migrations: [
      idempotencyMigrations,
      outboxMigrations,
      eventStoreMigrations,
      sagaMigrations,
      new URL('../migrations/', import.meta.url),
    ],
  });
  const neighbours = new Neighbours();
  const bindings = neighbours.bindings();
  return {
    db: db.database,
    neighbours,
    start({ aheadMs = 0, pricing } = {}) {
      const clock = new FakeClock(startMs + aheadMs);
      const others = transportTo(() => bindings, 'orders', clock);
      const vault = createPaymentTokenVault('0f'.repeat(32));
      const outbox = createOutbox({ events: toldEvents, clock });
      const events = { tell: async (tx: Transaction, ...told: EventDraft[]) => void (await outbox.append(tx, told)) };
      const record = createOrderRecord({ database: db.database, clock, events });
      const products = createClient(ProductsService, others);
      const sagas = startOrderSagas({
        users: createClient(UsersService, others),
        products,
        payments: createClient(PaymentsService, others),
        vault,
        record,
        clock,
        limits: { attemptTimeoutMs: 12_000, stepLimitMs: 60_000, sagaLimitMs: 600_000 },
        engine: { database: db.database, owner: `orders-${aheadMs}`, stopGraceMs: 0, random: () => 1 },
      });
      const watched = { database: db.database, clock, logger: silentLogger };
      const watchers = createOrderWatchers({ ...watched, pollIntervalMs: 500 });
      const effects = createKeyedEffects({ database: db.database, clock });
      const plain = ordersBinding({
        database: db.database,
        clock,
        products,
        knownProducts: createKnownProducts({ client: products, maxAgeMs: 900_000, clock }),
        sagas,
        record,
        vault,
        watchers,
        pricing: { taxRateBasisPoints: 800, shippingFlatMinorUnits: 599, freeFromMinorUnits: 5_000, ...pricing },
        waitMs: 2_000,
      });
      const binding = keyedBinding(plain, { ...keyedOrders({ vault }), effects });
      const gateway = transportTo(() => [binding], 'gateway', clock);
      return {
        orders: createClient(OrdersService, gateway),
        sagas,
        record,
        clock,
        async [Symbol.asyncDispose]() {
          watchers[Symbol.dispose]();
          await sagas[Symbol.asyncDispose]();
        },
      };
    },
    async endLeases() {
      await db.database.query('update saga_runners set lease_until = now()');
    },
    async [Symbol.asyncDispose]() {
      await db[Symbol.asyncDispose]();
    },
  };
}

/** A person with an account. */
export class Person {
  readonly id: string = uuidv7();
  readonly #roles: readonly string[];

  constructor(...roles: readonly string[]) {
    this.#roles = roles;
  }

  /** Runs calls as this person. */
  as<T>(run: () => T, more: Partial<CallContext> = {}): T {
    const identity = { kind: 'user', userId: this.id, roles: this.#roles } as const;
    return runInContext({ trace: newTrace(), identity, ...more }, run);
  }

  /** Places an order of one product, or of the lines given. */
  async order(
    instance: Instance,
    what: Product | readonly { productId: string; quantity: number }[],
    options: { quantity?: number; token?: string; key?: string; waitSeconds?: number; signal?: AbortSignal } = {},
  ): Promise<{ order: Order; httpStatus: string | null; replayed: string | null }> {
    const { quantity = 1, token = 'tok_visa', key = randomUUID(), waitSeconds, signal } = options;
    const items = 'id' in what ? [{ productId: what.id, quantity }] : [...what];
    const header = { httpStatus: null as string | null, replayed: null as string | null };
    const { order } = await this.as(
      () =>
        instance.orders.createOrder(
          { items, shippingAddress: address, paymentMethod: { token } },
          {
            ...(signal !== undefined && { signal }),
            onHeader(received) {
              header.httpStatus = received.get('mainstay-http-status');
              header.replayed = received.get('idempotency-replayed');
            },
          },
        ),
      { idempotencyKey: key, ...(waitSeconds !== undefined && { preferWaitSeconds: waitSeconds }) },
    );
    return { order: order!, ...header };
  }

  async get(instance: Instance, id: string): Promise<Order> {
    return (await this.as(() => instance.orders.getOrder({ id }))).order!;
  }
}

/** Lets real I/O go on until something is true; the test's own limit ends it otherwise. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve));
}

/** The saga of an order, by its name. */
export async function sagaOf(lab: Lab, orderId: string, name = 'place-order'): Promise<string> {
  const { rows } = await lab.db.query<{ id: string }>('select id from sagas where subject = $1 and name = $2', [
    orderId,
    name,
  ]);
  return rows[0]!.id;
}

/** Moves an instance's time to the saga's due time whenever it is at rest, until something is true. */
export async function passPauses(
  instance: Instance,
  sagaId: string,
  condition: (view: SagaView) => boolean = ({ record }) => record.endedAtMs !== null,
): Promise<void> {
  await until(async () => {
    const view = await instance.sagas.engine.read(sagaId);
    if (view === undefined || condition(view)) return view !== undefined;
    if (view.owner === null) await instance.clock.advance(Math.max(10, view.availableAtMs - instance.clock.nowMs()));
    return false;
  });
}

/** Holds the order's status against payment and stock; empty is right. */
function audit(lab: Lab, order: { readonly id: string; readonly total: bigint; readonly status: string }): string[] {
  const sold = ['confirmed', 'shipped', 'delivered'].includes(order.status);
  const paid = lab.neighbours.paidFor(order.id);
  const stock = lab.neighbours.reservations.get(order.id)?.status ?? 'none';
  const wrong: string[] = [];
  if (paid !== (sold ? order.total : 0n)) wrong.push(`${order.status} of ${order.total}, paid ${paid}`);
  if (sold !== (stock === 'committed') || stock === 'held') wrong.push(`${order.status}, its stock is ${stock}`);
  return wrong;
}

/** Audits every order of the lab that has ended, and lists those that have not. */
export async function auditAll(lab: Lab): Promise<string[]> {
  const { rows } = await lab.db.query<{ id: string; status: string; total: bigint }>(
    'select id::text, status, total_minor_units as total from orders',
  );
  return rows.flatMap((row) =>
    row.status === 'pending' || row.status === 'reserved' ? [`${row.id} is ${row.status}`] : audit(lab, row),
  );
}
