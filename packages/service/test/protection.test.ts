import { createClient } from '@connectrpc/connect';
import { defineConfig } from '@mainstay/config';
import { Health, HealthCheckResponse_ServingStatus as Status } from '@mainstay/contracts/grpc/health/v1/health';
import { OrdersService } from '@mainstay/contracts/orders/v1/orders';
import { silentLogger, silentMeter } from '@mainstay/kernel';
import { createCircuitBreakers } from '@mainstay/resilience';
import { createDirectTransport, createInternalIdentity } from '@mainstay/rpc';
import { defineService, type ServiceDefinition, startHost } from '@mainstay/service';
import { describe, expect, test } from 'vitest';
import { ordersService } from './fixtures/orders-service.ts';
import { internalKey } from './spawn-service.ts';

const logDestination = { write: () => undefined };
const env = {
  MAINSTAY_INTERNAL_KEY: internalKey,
  // Nobody listens on port 1.
  MAINSTAY_REGISTRY_ADDRESS: '127.0.0.1:1',
  MAINSTAY_DRAIN_PAUSE_MS: '0',
};
const start = (definition: ServiceDefinition, more: Record<string, string> = {}) =>
  startHost([definition], { env: { ...env, ...more }, logDestination });

test('a process whose event loop was held refuses an order to be read, and answers health checks', async () => {
  await using host = await start(ordersService, { MAINSTAY_SHED_LAG_MS: '1' });
  const identity = createInternalIdentity({ key: Buffer.from(internalKey, 'hex'), service: 'gateway' });
  const address = host.grpcAddress ?? '';
  await using transport = createDirectTransport({
    address,
    identity,
    logger: silentLogger,
    meter: silentMeter,
    maxAttempts: 1,
  });
  const refusal = async (): Promise<unknown> => {
    for (const endMs = performance.now() + 400; performance.now() < endMs; );
    // Node measures the delay with a timer of its own, whose turn must have come.
    await new Promise((resolve) => setTimeout(resolve, 50));
    return await createClient(OrdersService, transport)
      .getOrder({ id: 'a' })
      .catch((error: unknown) => error);
  };

  await expect.poll(refusal).toMatchObject({ reason: 'LOAD_SHED', executed: 'no', httpStatus: 503 });
  expect((await createClient(Health, transport).check({})).status).toBe(Status.SERVING);
});

describe('/circuits of the management port', () => {
  const circuits = createCircuitBreakers();
  const definition = defineService({
    name: 'edge',
    version: '1.0.0',
    config: defineConfig({ name: 'edge', keys: {} }),
    start: async () => ({ circuits }),
  });
  const act = async (url: string, body: unknown) => {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${url}/circuits`, { method: 'POST', headers, body: JSON.stringify(body) });
    return { status: answer.status, content: (await answer.json()) as Record<string, unknown> };
  };

  test('shows all circuits, holds one open at the wish of an operator, and releases it', async () => {
    await using host = await start(definition);
    circuits.get('users');

    const held = await act(host.managementUrl, { service: 'edge', circuit: 'payments', force: 'open' });
    const shown = (await (await fetch(`${host.managementUrl}/circuits`)).json()) as Record<string, { name: string }[]>;
    expect(held).toMatchObject({ status: 200, content: { name: 'payments', state: 'open', forced: 'open' } });
    expect(() => circuits.get('payments').acquire()).toThrow(/held open by an operator/);
    expect(shown.edge?.map(({ name }) => name)).toEqual(['users', 'payments']);
    const released = await act(host.managementUrl, { service: 'edge', circuit: 'payments', force: null });

    expect(released.content).toMatchObject({ state: 'closed' });
    circuits.get('payments').acquire();
  });

  test.each([
    [{ service: 'other', circuit: 'x', force: 'open' }, /^service must be edge/],
    [{ service: 'edge', circuit: '', force: 'open' }, /^circuit must be a name/],
    [{ service: 'edge', circuit: 'x', force: 'ajar' }, /^force must be open, closed or null/],
    ['open', /^body must be an object/],
  ])('refuses %j', async (body, message) => {
    await using host = await start(definition);

    const { status, content } = await act(host.managementUrl, body);

    expect(status).toBe(400);
    expect(content.message).toMatch(message);
    expect(circuits.all().map(({ name }) => name)).not.toContain('x');
  });
});
