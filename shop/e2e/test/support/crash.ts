import { randomUUID } from 'node:crypto';
import type { OrderAnswer, Person, Product } from './customer.ts';
import type { Fleet } from './fleet.ts';
import { until } from './processes.ts';

/** The steps of the saga that places an order. */
const placingSteps = ['validate-user', 'reserve-stock', 'authorize-payment', 'capture-payment', 'confirm'];

/** Every point at which orders can die while it places an order, and while it undoes one. */
export const forwardPoints: readonly string[] = [
  ...placingSteps.flatMap((step) =>
    ['before-step', 'after-call', 'after-checkpoint'].map((at) => `saga.${at}:${step}`),
  ),
  'saga.after-batch',
  'saga.before-finish',
];
export const backwardPoints: readonly string[] = [
  ...['authorize-payment', 'reserve-stock'].flatMap((step) =>
    ['before-compensation', 'after-compensation'].map((at) => `saga.${at}:${step}`),
  ),
  'saga.before-finish',
];

/** What is killed, and whose order meets it. */
export interface Crash {
  readonly fleet: Fleet;
  readonly customer: Person;
  readonly product: Product;
  readonly service: string;
  readonly faultPoint: string;
  readonly token: string;
  /** A point at which the process that recovers is killed too; nothing happens when it does not come by. */
  readonly againAt?: string;
}

const restartsOf = async (fleet: Fleet, name: string): Promise<number> =>
  (await fleet.status()).components.find((component) => component.name === name)!.restarts;

async function arm({ fleet, service }: Crash, faultPoint: string): Promise<number> {
  const armed = await fleet.mainstay('restart', service, '--env', `MAINSTAY_FAULT_POINTS=${faultPoint}=kill`);
  if (armed.code !== 0) throw new Error(`restart of ${service}: ${armed.stderr}`);
  return await restartsOf(fleet, service);
}

/** Sends an order with one key again and again until there is one: the first call dies with its process. */
export async function insist(customer: Person, product: Product, token: string): Promise<string> {
  const key = randomUUID();
  const placed = await until<OrderAnswer | undefined>(
    'an order',
    async () => customer.order(product.id, 1, { token, key }).catch(() => undefined),
    {
      withinMs: 90_000,
      holds: (answer) => answer !== undefined && (answer.body.order_id ?? answer.body.id) !== undefined,
    },
  );
  return (placed!.body.order_id ?? placed!.body.id)!;
}

/** Restarts a service so that it kills itself at a fault point, places an order into it, and waits for its end. */
export async function orderAcrossCrash(crash: Crash): Promise<string> {
  const { fleet, customer, product, service, faultPoint, token, againAt } = crash;
  const before = await arm(crash, faultPoint);
  const orderId = await insist(customer, product, token);
  const settled = customer.settled(orderId);
  await until(`the restart of ${service}`, () => restartsOf(fleet, service), {
    withinMs: 20_000,
    holds: (n) => n > before,
  });
  if (againAt !== undefined) await arm(crash, againAt);
  return (await settled).status;
}
