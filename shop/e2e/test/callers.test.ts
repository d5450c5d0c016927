import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type DescMethod, getOption } from '@bufbuild/protobuf';
import { createClient } from '@connectrpc/connect';
import { method as methodOption } from '@mainstay/contracts/mainstay/options/v1/options';
import { contractServices } from '@mainstay/contracts/services';
import { silentLogger, silentMeter } from '@mainstay/kernel';
import { createDirectTransport, createInternalIdentity, serviceNameOf } from '@mainstay/rpc';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createApi } from './support/api.ts';
import { addProduct, type Person, signInAdmin, signUp } from './support/customer.ts';
import { type Fleet, startShop } from './support/fleet.ts';

const services = ['gateway', 'orders', 'payments', 'products', 'registry', 'users', 'stranger'];
// The service of the load-balancing bench runs in no shop.
const contracts = contractServices.filter((contract) => serviceNameOf(contract) !== 'echo');
const allMethods = contracts.flatMap(({ methods }) => methods);
const nameOf = ({ parent, name }: DescMethod): string => `${parent.typeName}/${name}`;
const callersOf = (method: DescMethod): readonly string[] => getOption(method, methodOption).callers;

let fleet: Fleet;
let internalKey: Uint8Array;
/** Calls between services that the stories made, before any test called by itself. */
let seen: ReadonlySet<string>;

beforeAll(async () => {
  // The reconciler calls too, as soon as there is an order.
  fleet = await startShop({ env: { ORDERS_RECONCILER_INTERVAL_MS: '500', ORDERS_RECONCILER_MIN_AGE_MS: '0' } });
  const secrets = JSON.parse(await readFile(join(fleet.dataDir, 'secrets.json'), 'utf8')) as { internal_key: string };
  internalKey = Buffer.from(secrets.internal_key, 'hex');
  // What is admitted is told at debug level.
  for (const service of ['users', 'products', 'payments']) {
    const { code, stderr } = await fleet.mainstay('restart', service, '--env', 'MAINSTAY_LOG_LEVEL=debug');
    if (code !== 0) throw new Error(stderr);
  }
  const api = createApi(fleet.gatewayUrl);
  await liveThroughOrders(await signInAdmin(api), await signUp(api));
  seen = await seenCalls();
});
afterAll(async () => {
  await fleet[Symbol.asyncDispose]();
});

/** Calls between services that the log of the called one tells of, as `caller > method`. */
async function seenCalls(): Promise<Set<string>> {
  const seen = new Set<string>();
  for (const service of ['users', 'products', 'payments']) {
    const { stdout } = await fleet.mainstay('logs', service, '--lines', '100000', '--json');
    for (const line of stdout.split('\n').filter((text) => text.includes('caller admitted'))) {
      const { rpc, caller } = JSON.parse(line) as { rpc: string; caller: string };
      if (caller !== 'gateway') seen.add(`${caller} > ${rpc}`);
    }
  }
  return seen;
}

async function liveThroughOrders(admin: Person, customer: Person): Promise<void> {
  const product = await addProduct(admin, 10);
  const placed = await customer.order(product.id, 1);
  expect(placed.status).toBe(201);
  const cancelled = await customer.post(`/v1/orders/${placed.body.id}:cancel`, { reason: 'changed' }, randomUUID());
  expect(cancelled.status).toBe(200);
  const declined = await customer.order(product.id, 1, { token: 'tok_declined' });
  expect(declined.status).toBe(402);
  await customer.settled(declined.body.order_id!);
}

type AnyCall = (message: object, options: { signal: AbortSignal }) => Promise<unknown> | AsyncIterable<unknown>;

/** Calls every method of the fleet as a service, with nothing in the message, and names those it was let to. */
async function callAll(service: string): Promise<string[]> {
  const { components } = await fleet.status();
  const identity = createInternalIdentity({ key: internalKey, service });
  const admitted: string[] = [];
  for (const contract of contracts) {
    const host = serviceNameOf(contract) === 'operations' ? 'orders' : serviceNameOf(contract);
    const address = components.find(({ name }) => name === host)?.grpc_address;
    await using transport = createDirectTransport({
      address: address ?? '',
      identity,
      logger: silentLogger,
      meter: silentMeter,
    });
    const client = createClient(contract, transport) as unknown as Record<string, AnyCall>;
    for (const method of contract.methods) {
      const reason = await reasonOf(client[method.localName] as AnyCall);
      if (!['CALLER_NOT_ALLOWED', 'METHOD_INTERNAL'].includes(reason)) admitted.push(nameOf(method));
    }
  }
  return admitted;
}

async function reasonOf(call: AnyCall): Promise<string> {
  const ending = new AbortController();
  try {
    const answer = call({}, { signal: ending.signal });
    if (!(Symbol.asyncIterator in answer)) await answer;
    else for await (const _ of answer) break;
    return 'answered';
  } catch (error) {
    return (error as { reason: string }).reason;
  } finally {
    ending.abort();
  }
}

test.each(services)('of all methods of the running shop %s is let to exactly those that name it', async (service) => {
  const admitted = await callAll(service);

  const declared = allMethods.filter((method) => callersOf(method).some((name) => name === service || name === '*'));
  expect(admitted).toEqual(declared.map(nameOf));
});

test('orders placed, cancelled and declined make every call that the contracts declare between services', () => {
  const declared = allMethods
    .filter((method) => serviceNameOf(method.parent) !== 'registry')
    .flatMap((method) =>
      callersOf(method)
        .filter((caller) => caller !== 'gateway')
        .map((caller) => `${caller} > ${nameOf(method)}`),
    );
  // Declared for people who look into an order; no code path of the shop asks.
  const unused = ['orders > payments.v1.PaymentsService/GetPaymentByOrder'];
  expect([...seen].sort()).toEqual(declared.filter((call) => !unused.includes(call)).sort());
});

test('what a stranger tried stands in the log of the service, with who, what and why', async () => {
  await callAll('stranger');

  const { stdout } = await fleet.mainstay('logs', 'payments', '--lines', '100000', '--json');
  const refusals = stdout.split('\n').filter((line) => line.includes('caller refused'));
  expect(refusals.map((line) => JSON.parse(line) as unknown)).toContainEqual(
    expect.objectContaining({
      msg: 'caller refused',
      caller: 'stranger',
      rpc: 'payments.v1.PaymentsService/RefundPayment',
      reason: 'CALLER_NOT_ALLOWED',
      why: 'the contract lets gateway call payments.v1.PaymentsService/RefundPayment, not stranger',
    }),
  );
});
