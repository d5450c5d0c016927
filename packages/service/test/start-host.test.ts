import { createClient } from '@connectrpc/connect';
import { defineConfig } from '@mainstay/config';
import { OrdersService } from '@mainstay/contracts/orders/v1/orders';
import { ProductsService } from '@mainstay/contracts/products/v1/products';
import { kernelReasons, PlatformError, silentLogger, silentMeter } from '@mainstay/kernel';
import { testDatabase } from '@mainstay/postgres/testing';
import { createDirectTransport, createInternalIdentity } from '@mainstay/rpc';
import { defineService, type ServiceDefinition, startHost } from '@mainstay/service';
import { FakeClock, freePort, leakCheck } from '@mainstay/testing';
import { expect, test } from 'vitest';
import { ordersService } from './fixtures/orders-service.ts';
import { storedService } from './fixtures/stored-service.ts';
import { usersService } from './fixtures/users-service.ts';
import { startProxy } from './flaky-proxy.ts';
import { internalKey, statusOf, usersAt } from './spawn-service.ts';

const logDestination = { write: () => undefined };
const baseEnv = {
  MAINSTAY_INTERNAL_KEY: internalKey,
  // Nobody listens on port 1.
  MAINSTAY_REGISTRY_ADDRESS: '127.0.0.1:1',
  MAINSTAY_READINESS_INTERVAL_MS: '50',
  MAINSTAY_DRAIN_PAUSE_MS: '0',
};

const start = (definitions: readonly ServiceDefinition[], env: Record<string, string> = {}) =>
  startHost(definitions, { env: { ...baseEnv, ...env }, logDestination });

/** Calls as the gateway. */
function gatewayTo(address = '') {
  const identity = createInternalIdentity({ key: Buffer.from(internalKey, 'hex'), service: 'gateway' });
  const transport = createDirectTransport({ address, identity, logger: silentLogger, meter: silentMeter });
  return {
    orders: createClient(OrdersService, transport),
    products: createClient(ProductsService, transport),
    [Symbol.asyncDispose]: async () => transport[Symbol.asyncDispose](),
  };
}

test('two services in one host call each other in process, with no registry to find each other by', async () => {
  await using host = await start([ordersService, usersService]);
  await using at = gatewayTo(host.grpcAddress);

  const { order } = await at.orders.getOrder({ id: 'a' });

  expect(order).toMatchObject({ id: 'a', userId: host.services[1]?.instanceId });
  expect(host.services.map(({ name }) => name)).toEqual(['orders', 'users']);
  expect(await statusOf(host.managementUrl, '/health/ready')).toBe(200);
});

test('a call to a service that is not here and not known fails as unavailable, and the caller goes on', async () => {
  await using host = await start([ordersService]);
  await using at = gatewayTo(host.grpcAddress);

  await expect(at.orders.getOrder({ id: 'a' })).rejects.toMatchObject({ code: 'unavailable', executed: 'no' });
  expect(await statusOf(host.managementUrl, '/health/ready')).toBe(200);
});

test('without a registry a service serves, stays ready, keeps trying, and says so on its health page', async () => {
  await using host = await start([usersService]);
  await using at = usersAt(host.grpcAddress ?? '');

  expect(await at.users.validateUser({ userId: 'a' })).toMatchObject({ valid: true });
  const detail = async () => {
    const page = (await (await fetch(`${host.managementUrl}/health`)).json()) as {
      status: string;
      details: { registration: { state: string; failures: number; lastError: string } };
    };
    return [page.status, page.details.registration.state, page.details.registration.failures > 0];
  };
  await expect.poll(detail).toEqual(['up', 'registering', true]);
});

test('starts, stops and leaves nothing open', async () => {
  await using _leaks = leakCheck();
  await using stored = await testDatabase();

  const host = await start([storedService, usersService], { PRODUCTS_DATABASE_URL: stored.url });
  await Promise.all([host.stop(), host.stop()]);

  await expect(fetch(`${host.managementUrl}/health/live`)).rejects.toThrow('fetch failed');
});

test('a service that never closes cannot hold the stop for more than 4 s', async () => {
  const stuck = defineService({
    name: 'stuck',
    version: '1',
    config: defineConfig({ name: 'stuck', keys: {} }),
    start: async () => ({ [Symbol.asyncDispose]: () => new Promise(() => undefined) }),
  });
  const clock = new FakeClock();
  const host = await startHost([stuck], { env: baseEnv, logDestination, clock });
  let isStopped = false;
  const stopping = host.stop().then(() => {
    isStopped = true;
  });

  await clock.advance(3_999);
  expect(isStopped).toBe(false);
  await clock.advance(1);
  await stopping;
});

test('a start that fails half-way closes what it opened', async () => {
  await using _leaks = leakCheck();
  await using stored = await testDatabase();
  const disposed: string[] = [];
  const first = defineService({
    name: 'first',
    version: '1',
    config: defineConfig({ name: 'first', keys: {} }),
    start: async () => ({ [Symbol.asyncDispose]: async () => void disposed.push('first') }),
  });
  const failing = defineService({
    name: 'failing',
    version: '1',
    config: defineConfig({ name: 'failing', keys: {} }),
    start: async () => {
      throw new PlatformError(kernelReasons.OPTION_INVALID, 'no');
    },
  });

  const starting = start([storedService, first, failing], { PRODUCTS_DATABASE_URL: stored.url });

  await expect(starting).rejects.toMatchObject({ reason: 'OPTION_INVALID' });
  expect(disposed).toEqual(['first']);
});

test('migrations run before the service starts, and its statements work', async () => {
  await using stored = await testDatabase();
  await using host = await start([storedService], { PRODUCTS_DATABASE_URL: stored.url });
  await using at = gatewayTo(host.grpcAddress);

  await at.products.getProduct({ id: 'a' });

  expect((await at.products.getProduct({ id: 'a' })).product?.stockQuantity).toBe(2);
});

test('a service without a database that asks for one is told so', async () => {
  const wrong = defineService({
    name: 'wrong',
    version: '1',
    config: defineConfig({ name: 'wrong', keys: {} }),
    start: async (context) => {
      await context.database.ping();
      return {};
    },
  });

  await expect(start([wrong])).rejects.toMatchObject({ reason: 'SERVICE_DATABASE_UNDECLARED' });
});

test('readiness follows the database down and up again, while liveness stays up', async () => {
  await using stored = await testDatabase();
  const url = new URL(stored.url);
  await using proxy = await startProxy({ host: url.hostname, port: Number(url.port) });
  url.hostname = '127.0.0.1';
  url.port = String(proxy.port);
  await using host = await start([storedService], { PRODUCTS_DATABASE_URL: url.href });
  const ready = () => statusOf(host.managementUrl, '/health/ready');
  expect(await ready()).toBe(200);

  await proxy.cut();
  await expect.poll(ready, { timeout: 10_000 }).toBe(503);
  expect(await statusOf(host.managementUrl, '/health/live')).toBe(200);
  await using at = gatewayTo(host.grpcAddress);
  await expect(at.products.getProduct({ id: 'a' })).rejects.toMatchObject({ code: 'unavailable' });

  await proxy.mend();
  await expect.poll(ready, { timeout: 10_000 }).toBe(200);
  expect((await at.products.getProduct({ id: 'a' })).product?.stockQuantity).toBe(1);
});

test('while its database is not there yet a start waits: live, not started, not ready, and it says so', async () => {
  await using stored = await testDatabase();
  const url = new URL(stored.url);
  await using proxy = await startProxy({ host: url.hostname, port: Number(url.port) });
  await proxy.cut();
  url.hostname = '127.0.0.1';
  url.port = String(proxy.port);
  const lines: string[] = [];
  const port = await freePort();
  const starting = startHost([storedService], {
    env: { ...baseEnv, PRODUCTS_DATABASE_URL: url.href, MAINSTAY_MANAGEMENT_PORT: String(port) },
    onProgress: (line) => lines.push(line),
    logDestination,
  });
  const statuses = () =>
    Promise.all(['live', 'startup', 'ready'].map((page) => statusOf(`http://127.0.0.1:${port}`, `/health/${page}`)));

  await expect.poll(() => lines).toEqual([expect.stringContaining('waiting for the database of products')]);
  expect(await statuses()).toEqual([200, 503, 503]);
  await proxy.mend();
  await using _host = await starting;

  expect(await statuses()).toEqual([200, 200, 200]);
  expect(lines).toContain('products: 1 migrations applied');
});
