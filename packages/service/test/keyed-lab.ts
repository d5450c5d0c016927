import { create } from '@bufbuild/protobuf';
import { type Client, createClient } from '@connectrpc/connect';
import { CreateOrderResponseSchema, OrdersService } from '@mainstay/contracts/orders/v1/orders';
import { createKeyedEffects, idempotencyMigrations } from '@mainstay/idempotency';
import { silentLogger, silentMeter, uuidv7 } from '@mainstay/kernel';
import { currentContext, currentEffectId, newTrace, runInContext } from '@mainstay/kernel/context';
import { type Database, openDatabase } from '@mainstay/postgres';
import { type TestDatabase, testDatabase } from '@mainstay/postgres/testing';
import { bindService, createInProcessTransport, createInternalIdentity, type ServiceBinding } from '@mainstay/rpc';
import { keyedBinding } from '@mainstay/service';

/** How an instance treats keys: as the kit does, in one transaction or staged, or as one would who looks first and writes afterwards. */
export type Protocol = 'one transaction' | 'staged' | 'naive';

export type Orders = Client<typeof OrdersService>;

/** One instance of a service that places orders, on a pool of its own. */
export interface Instance {
  readonly database: Database;
  readonly orders: Orders;
}

export interface KeyedLab extends AsyncDisposable {
  readonly db: TestDatabase;
  /** @param onOrder - runs inside the handler. */
  start(protocol: Protocol, onOrder?: () => Promise<void>): Promise<Instance>;
  orderCount(): Promise<number>;
}

export async function openKeyedLab(): Promise<KeyedLab> {
  const db = await testDatabase({ migrations: [idempotencyMigrations] });
  await db.database.query('CREATE TABLE orders (id uuid PRIMARY KEY, quantity int NOT NULL)');
  await db.database.query('CREATE TABLE naive_answers (key text NOT NULL, id uuid NOT NULL)');
  const parts = new AsyncDisposableStack();
  parts.use(db);
  return {
    db,
    async start(protocol, onOrder = async () => undefined) {
      const database = parts.use(await openDatabase({ url: db.url, name: protocol, acquireTimeoutMs: 20_000 }));
      const binding = bindingOf(database, protocol, onOrder);
      const identity = createInternalIdentity({ key: new Uint8Array(32).fill(7), service: 'gateway' });
      const transport = createInProcessTransport({
        bindings: () => [binding],
        identity,
        logger: silentLogger,
        meter: silentMeter,
        maxAttempts: 1,
      });
      return { database, orders: createClient(OrdersService, transport) };
    },
    orderCount: async () => (await db.database.query('SELECT 1 FROM orders')).rowCount,
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

function bindingOf(database: Database, protocol: Protocol, onOrder: () => Promise<void>): ServiceBinding {
  const place = async (id: string, quantity: number): Promise<void> => {
    await database.transaction((tx) => tx.query('INSERT INTO orders (id, quantity) VALUES ($1, $2)', [id, quantity]));
    await onOrder();
  };
  const answer = (id: string) => create(CreateOrderResponseSchema, { order: { id } });
  if (protocol === 'naive') {
    return bindService(OrdersService, {
      async createOrder({ items }) {
        const key = currentContext()?.idempotencyKey;
        const known = await database.query<{ id: string }>('SELECT id FROM naive_answers WHERE key = $1', [key]);
        if (known.rows[0] !== undefined) return answer(known.rows[0].id);
        const id = uuidv7();
        await place(id, items[0]?.quantity ?? 0);
        await database.query('INSERT INTO naive_answers (key, id) VALUES ($1, $2)', [key, id]);
        return answer(id);
      },
    });
  }
  const binding = bindService(OrdersService, {
    async createOrder({ items }, { responseHeader }) {
      // Before the first statement, and added: a run that has no outcome must leave nothing in the answer of then.
      responseHeader.append('mainstay-http-status', '202');
      await place(currentEffectId(), items[0]?.quantity ?? 0);
      return answer(currentEffectId());
    },
  });
  const staged = protocol === 'staged' ? [OrdersService.method.createOrder] : [];
  return keyedBinding(binding, { effects: createKeyedEffects({ database }), staged });
}

const ada = uuidv7();
const address = { street: '1 Main St', city: 'Springfield', state: 'IL', zipCode: '62701', country: 'US' };

/** What a caller gets: the answer's bytes that count, and its headers. */
export interface Placed {
  readonly id: string;
  readonly replayed: string | null;
  readonly status: string | null;
}

/** Orders with a key, as Ada unless said otherwise. */
export async function placeOrder(
  { orders }: Instance,
  key: string | undefined,
  { userId = ada, quantity = 1 }: { readonly userId?: string; readonly quantity?: number } = {},
): Promise<Placed> {
  const identity = { kind: 'user', userId, roles: [] } as const;
  let header = new Headers();
  const request = {
    items: [{ productId: 'p-1', quantity }],
    shippingAddress: address,
    paymentMethod: { token: 'tok_visa' },
  };
  const onHeader = (received: Headers): void => {
    header = received;
  };
  const { order } = await runInContext(
    { trace: newTrace(), identity, ...(key !== undefined && { idempotencyKey: key }) },
    () => orders.createOrder(request, { onHeader }),
  );
  return {
    id: order?.id ?? '',
    replayed: header.get('idempotency-replayed'),
    status: header.get('mainstay-http-status'),
  };
}
