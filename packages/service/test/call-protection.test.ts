import { type Client, createClient } from '@connectrpc/connect';
import { ProductsService } from '@mainstay/contracts/products/v1/products';
import { deadlineIn, kernelReasons, PlatformError, silentLogger, silentMeter, systemClock } from '@mainstay/kernel';
import { currentContext, newTrace, runInContext } from '@mainstay/kernel/context';
import { bindService, createDirectTransport, createInternalIdentity, rpcHeaders, startRpcServer } from '@mainstay/rpc';
import { expect, test } from 'vitest';
import { protectTransport } from '../src/protection/protect-transport.ts';
import { protectionsSchema } from '../src/protection/protection-schema.ts';
import { TargetProtection } from '../src/protection/target-protection.ts';

const identity = createInternalIdentity({ key: new Uint8Array(32).fill(7), service: 'orders' });
const ports = { identity, logger: silentLogger, meter: silentMeter };

/** A products service whose methods do as they are told, and a protected client of it. */
async function startLab(described: object) {
  const lab = { isBroken: false, hangs: false, reads: 0, writes: 0, readsCanceled: 0, leftMs: [] as number[] };
  const answer = async (): Promise<void> => {
    if (lab.isBroken) throw new PlatformError(kernelReasons.INTERNAL, 'broken');
    if (!lab.hangs) return;
    const signal = currentContext()?.signal;
    await new Promise((resolve) => signal?.addEventListener('abort', resolve, { once: true }));
    lab.readsCanceled += 1;
  };
  const binding = bindService(ProductsService, {
    async batchGetProducts() {
      lab.reads += 1;
      await answer();
      return {};
    },
    async releaseStock() {
      lab.writes += 1;
      await answer();
      return {};
    },
  });
  const server = await startRpcServer({ ...ports, bindings: [binding], serving: () => true });
  const transport = createDirectTransport({ ...ports, address: server.address, maxAttempts: 1 });
  const policy = policyOf(described);
  const protection = new TargetProtection({ target: 'products', policy, clock: systemClock, ...ports });
  const client = createClient(ProductsService, protectTransport(transport, protection));
  return {
    lab,
    protection,
    client,
    async [Symbol.asyncDispose]() {
      await transport[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

function policyOf(described: object) {
  const { products } = protectionsSchema.parse({ products: described });
  if (products === undefined) throw new Error('no policy was made');
  return products;
}

type Products = Client<typeof ProductsService>;
const id = '00000000-0000-7000-8000-000000000001';
const read = (client: Products) => client.batchGetProducts({ ids: [id] });
const write = (client: Products) =>
  client.releaseStock({ orderId: id }, { headers: { [rpcHeaders.idempotencyKey]: `release-${id}` } });
const reasonOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'answered',
    (error: unknown) => (error as PlatformError).reason,
  );

test('20 failed writes open the circuit of writes; the 21st is refused without being sent, and reads go on', async () => {
  await using at = await startLab({});
  at.lab.isBroken = true;
  for (let i = 0; i < 20; i++) await reasonOf(write(at.client));
  at.lab.isBroken = false;

  expect(await reasonOf(write(at.client))).toBe('CIRCUIT_OPEN');
  expect(await reasonOf(read(at.client))).toBe('answered');
  expect([at.lab.writes, at.lab.reads]).toEqual([20, 1]);
  expect(at.protection.snapshot().circuits).toMatchObject([
    { name: 'products/write', state: 'open' },
    { name: 'products/read', state: 'closed', calls: 1 },
  ]);
});

test('with circuits per tenant the failures of one tenant open its own alone', async () => {
  await using at = await startLab({ circuit: { scope: 'service', per_tenant: true, minimum_calls: 5 } });
  const as = (tenant: string, call: () => Promise<unknown>) =>
    runInContext({ trace: newTrace(), identity: { kind: 'service', roles: [] }, tenant }, () => reasonOf(call()));
  at.lab.isBroken = true;
  for (let i = 0; i < 5; i++) await as('acme', () => read(at.client));
  at.lab.isBroken = false;

  expect(await as('acme', () => read(at.client))).toBe('CIRCUIT_OPEN');
  expect(await as('globex', () => read(at.client))).toBe('answered');
});

test('a service that serves calls of two tenants refuses those of the one that keeps failing, and makes those of the other', async () => {
  await using at = await startLab({ circuit: { scope: 'service', per_tenant: true, minimum_calls: 5 } });
  const middle = bindService(ProductsService, { batchGetProducts: async () => (await read(at.client)) as object });
  await using server = await startRpcServer({ ...ports, bindings: [middle], serving: () => true });
  await using transport = createDirectTransport({ ...ports, address: server.address, maxAttempts: 1 });
  const client = createClient(ProductsService, transport);
  const as = (tenant: string) =>
    runInContext({ trace: newTrace(), identity: { kind: 'anonymous', roles: [], tenant } }, () =>
      reasonOf(read(client)),
    );
  at.lab.isBroken = true;
  for (let i = 0; i < 5; i++) await as('acme');
  at.lab.isBroken = false;

  expect(await as('acme')).toBe('CIRCUIT_OPEN');
  expect(await as('globex')).toBe('answered');
  expect(at.lab.reads).toBe(6);
});

test('a read that hangs is given up by what reads usually take, and its handler is told; a write has the time of its contract', async () => {
  await using at = await startLab({
    circuit: 'off',
    adaptive_timeout: { min_ms: 100, max_ms: 4_000, minimum_count: 30 },
  });
  for (let i = 0; i < 40; i++) await read(at.client);
  await write(at.client);
  at.lab.hangs = true;

  expect(await reasonOf(read(at.client))).toBe('DEADLINE_EXCEEDED');
  await expect.poll(() => at.lab.readsCanceled).toBe(1);
  const [limit] = at.protection.snapshot().timeouts;
  expect(limit?.name).toBe('products/BatchGetProducts');
  expect(limit?.limitMs).toBeLessThan(4_000);
});

test('with 1 place and nobody waiting a second call at a time is refused, and another service has its own places', async () => {
  await using at = await startLab({ bulkhead: { max_concurrent: 1, max_queued: 0 } });
  at.lab.hangs = true;
  const abort = new AbortController();
  const running = reasonOf(at.client.batchGetProducts({ ids: [id] }, { signal: abort.signal }));
  await expect.poll(() => at.lab.reads).toBe(1);

  expect(await reasonOf(read(at.client))).toBe('BULKHEAD_FULL');
  abort.abort();
  expect(await running).toBe('CANCELED');
  expect(at.protection.snapshot().bulkheads).toMatchObject([
    { name: 'products/read', running: 0, queued: 0 },
    { name: 'products/write', running: 0, queued: 0 },
  ]);
});

const one = { max_concurrent: 1, max_queued: 0 };
const narrow = { initial: 1, min: 1, max: 1 };

test.each([
  ['a bulkhead of 1', { bulkhead: one }, 'BULKHEAD_FULL'],
  ['a concurrency limit of 1', { concurrency: narrow }, 'CONCURRENCY_LIMITED'],
])('with %s a read that hangs has the next read refused, and a write succeeds', async (_, described, reason) => {
  await using at = await startLab(described);
  at.lab.hangs = true;
  const abort = new AbortController();
  const running = reasonOf(at.client.batchGetProducts({ ids: [id] }, { signal: abort.signal }));
  await expect.poll(() => at.lab.reads).toBe(1);
  at.lab.hangs = false;

  expect(await reasonOf(read(at.client))).toBe(reason);
  expect(await reasonOf(write(at.client))).toBe('answered');
  abort.abort();
  await running;
});

test.each([
  ['bulkhead', { bulkhead: { ...one, scope: 'service' } }, 'BULKHEAD_FULL'],
  ['concurrency limit', { bulkhead: { scope: 'service' }, concurrency: narrow }, 'CONCURRENCY_LIMITED'],
])('the %s of a whole service is shared by reads and writes', async (_, described, reason) => {
  await using at = await startLab(described);
  at.lab.hangs = true;
  const abort = new AbortController();
  const running = reasonOf(at.client.batchGetProducts({ ids: [id] }, { signal: abort.signal }));
  await expect.poll(() => at.lab.reads).toBe(1);

  expect(await reasonOf(write(at.client))).toBe(reason);
  abort.abort();
  await running;
});

test('10 reads that were left 20 ms of their 3 s, as by a caller with a deadline of its own, open no circuit', async () => {
  await using at = await startLab({ circuit: { minimum_calls: 5 } });
  at.lab.hangs = true;
  const hurried = () =>
    runInContext({ trace: newTrace(), identity: { kind: 'service', roles: [] }, deadline: deadlineIn(20) }, () =>
      reasonOf(read(at.client)),
    );

  expect(new Set(await Promise.all(Array.from({ length: 10 }, hurried)))).toEqual(new Set(['DEADLINE_EXCEEDED']));
  expect(at.protection.snapshot().circuits).toMatchObject([{ state: 'closed', failures: 0 }]);
});

test('another policy is in force at the next call: circuits begin closed, one that an operator holds stays held', async () => {
  await using at = await startLab({ circuit: { minimum_calls: 5 } });
  at.lab.isBroken = true;
  for (let i = 0; i < 5; i++) await reasonOf(read(at.client));
  at.lab.isBroken = false;
  at.protection.circuits.get('products/write').force('open');

  expect(at.protection.configure(policyOf({ circuit: { minimum_calls: 5 } }))).toBe(false);
  expect(await reasonOf(read(at.client))).toBe('CIRCUIT_OPEN');
  expect(at.protection.configure(policyOf({ circuit: { minimum_calls: 6 } }))).toBe(true);
  expect(await reasonOf(read(at.client))).toBe('answered');
  expect(await reasonOf(write(at.client))).toBe('CIRCUIT_OPEN');
});

test('with everything off calls go through as they are', async () => {
  await using at = await startLab({ circuit: 'off', bulkhead: 'off' });
  at.lab.isBroken = true;
  for (let i = 0; i < 40; i++) expect(await reasonOf(read(at.client))).toBe('INTERNAL');

  expect(at.lab.reads).toBe(40);
  expect(at.protection.snapshot()).toEqual({ circuits: [], bulkheads: [], concurrency: [], timeouts: [] });
});
