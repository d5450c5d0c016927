import { createClient } from '@connectrpc/connect';
import { ProductsService } from '@mainstay/contracts/products/v1/products';
import { staticEndpoint } from '@mainstay/discovery';
import { defineReasons, PlatformError, silentLogger, silentMeter, systemClock } from '@mainstay/kernel';
import { bindService, createInternalIdentity, createRpcTransport, startRpcServer } from '@mainstay/rpc';
import { expect, test } from 'vitest';
import { protectTransport } from '../src/protection/protect-transport.ts';
import { usualProtection } from '../src/protection/protection-schema.ts';
import { TargetProtection } from '../src/protection/target-protection.ts';

// Why the circuit stands around a call with its repeats: what one instance does is the business of the balancer.

const { STORE_DOWN } = defineReasons({
  STORE_DOWN: { code: 'unavailable', executed: 'no', retry: 'now', summary: 'x', operator: 'x' },
});
const identity = createInternalIdentity({ key: new Uint8Array(32).fill(7), service: 'orders' });
const ports = { identity, logger: silentLogger, meter: silentMeter };

/** Instances of products, of which the broken ones fail every call, and a protected client of them. */
async function startInstances(areBroken: readonly boolean[]) {
  const stack = new AsyncDisposableStack();
  const reached = areBroken.map(() => 0);
  const servers = await Promise.all(
    areBroken.map((isBroken, at) =>
      startRpcServer({
        ...ports,
        serving: () => true,
        bindings: [
          bindService(ProductsService, {
            batchGetProducts() {
              reached[at] = (reached[at] ?? 0) + 1;
              if (isBroken) throw new PlatformError(STORE_DOWN, 'the disk is gone');
              return {};
            },
          }),
        ],
      }),
    ),
  );
  for (const server of servers) stack.use(server);
  const endpoints = servers.map(({ address }) => staticEndpoint(address));
  const transport = stack.use(
    createRpcTransport({ ...ports, service: 'products', resolve: () => endpoints, policy: { policy: 'round_robin' } }),
  );
  const protection = new TargetProtection({
    target: 'products',
    policy: usualProtection,
    clock: systemClock,
    ...ports,
  });
  const client = createClient(ProductsService, protectTransport(transport, protection));
  return {
    reached,
    protection,
    read: () =>
      client.batchGetProducts({ ids: ['00000000-0000-7000-8000-000000000001'] }).then(
        () => 'answered',
        (error: unknown) => (error as PlatformError).reason,
      ),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

test('one of two instances broken: 60 reads are answered by the other, and the circuit has seen no failure', async () => {
  await using at = await startInstances([true, false]);

  const answers = [];
  for (let n = 0; n < 60; n++) answers.push(await at.read());

  expect(new Set(answers)).toEqual(new Set(['answered']));
  expect(at.reached[0]).toBe(5);
  expect(at.protection.snapshot().circuits).toMatchObject([{ state: 'closed', calls: 60, failures: 0 }]);
});

test('both broken: after 20 reads the circuit refuses, and the repeats have made at most 30 calls of them', async () => {
  await using at = await startInstances([true, true]);

  for (let n = 0; n < 20; n++) expect(await at.read()).not.toBe('CIRCUIT_OPEN');

  expect(await at.read()).toBe('CIRCUIT_OPEN');
  const [first = 0, second = 0] = at.reached;
  expect(first + second).toBeGreaterThan(20);
  expect(first + second).toBeLessThanOrEqual(30);
});
