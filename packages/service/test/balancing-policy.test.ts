import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@connectrpc/connect';
import { OrdersService } from '@mainstay/contracts/orders/v1/orders';
import { silentLogger, silentMeter } from '@mainstay/kernel';
import { createDirectTransport, createInternalIdentity } from '@mainstay/rpc';
import { expect, test } from 'vitest';
import { internalKey, spawnService } from './spawn-service.ts';

interface Stats {
  readonly upstreams: readonly {
    readonly caller: string;
    readonly name: string;
    readonly policy: string;
    readonly picks: number;
    readonly overflows: number;
  }[];
  readonly protections: readonly unknown[];
  readonly admission: unknown;
}

async function startOrders(file: string) {
  const service = spawnService('orders-main.ts', { MAINSTAY_CONFIG: file });
  const { grpcAddress = '', managementUrl } = await service.ready();
  const identity = createInternalIdentity({ key: Buffer.from(internalKey, 'hex'), service: 'gateway' });
  const transport = createDirectTransport({
    address: grpcAddress,
    identity,
    logger: silentLogger,
    meter: silentMeter,
    maxAttempts: 1,
  });
  return {
    service,
    orders: createClient(OrdersService, transport),
    stats: async () => (await (await fetch(`${managementUrl}/stats`)).json()) as Stats,
    async [Symbol.asyncDispose]() {
      await transport[Symbol.asyncDispose]();
      await service[Symbol.asyncDispose]();
    },
  };
}

test('policy and protection of the file are in force from the start, others after SIGHUP; a wrong one changes nothing and says why', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mainstay-policy-'));
  const file = join(folder, 'mainstay.yaml');
  const write = (users: string, more = ''): Promise<void> =>
    writeFile(file, `mainstay:\n  balancing:\n    users: ${users}\n${more}`);
  try {
    await write('{ policy: least_request, slow_start: { window_ms: 0 } }');
    await using at = await startOrders(file);
    const policyNow = async (): Promise<string | undefined> => (await at.stats()).upstreams[0]?.policy;
    expect((await at.stats()).upstreams).toMatchObject([{ caller: 'orders', name: 'users', policy: 'least_request' }]);

    expect(await at.stats()).toMatchObject({
      protections: [{ caller: 'orders', target: 'users', circuits: [], bulkheads: [{ max_concurrent: 512 }, {}] }],
      admission: { load: { name: 'process' }, concurrency: { limit: 1_000, running: 0 } },
    });

    await write(
      '{ policy: ring_hash, pool: { max_requests: 7 } }',
      '  protection: { users: { circuit: off, bulkhead: { scope: service, max_concurrent: 9 } } }\n  concurrency: { initial: 300 }\n',
    );
    at.service.child.kill('SIGHUP');
    await expect.poll(policyNow).toBe('ring_hash');
    expect(await at.stats()).toMatchObject({
      protections: [
        { target: 'users', bulkheads: [{ name: 'users', max_concurrent: 9 }], concurrency: [], timeouts: [] },
      ],
      admission: { concurrency: { limit: 300 } },
    });

    await write('{ policy: ring_hash, outlier: { max_ejection_percent: 120 }, pol: 1 }');
    at.service.child.kill('SIGHUP');
    const refusal = (): unknown =>
      at.service.logs().find(({ msg }) => msg === 'the configuration was not reloaded, the old one stays in force');
    await expect.poll(refusal).toBeDefined();
    expect(JSON.stringify(refusal())).toMatch(/users\.outlier\.max_ejection_percent/);
    expect(JSON.stringify(refusal())).toMatch(/pol/);
    expect(await policyNow()).toBe('ring_hash');
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('a wrong policy stops the start with one line that names service and key', async () => {
  await using service = spawnService('orders-main.ts', {
    MAINSTAY_BALANCING: '{"users":{"policy":"fastest"}}',
  });

  expect(await service.exited).toEqual([1, null]);
  expect(service.stderr()).toMatch(/users\.policy/);
});
