import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from '@mainstay/config';
import { ProductsService } from '@mainstay/contracts/products/v1/products';
import { bindService } from '@mainstay/rpc';
import { defineService, type Host, startHost } from '@mainstay/service';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gatewayService } from '../src/service.ts';

const products = defineService({
  name: 'products',
  version: '0.1.0',
  config: defineConfig({ name: 'products', keys: {} }),
  register: false,
  start: async () => ({
    bindings: [bindService(ProductsService, { getProduct: ({ id }) => ({ product: { id } }) })],
  }),
});

interface ConfigStatus {
  readonly changed: readonly string[];
  readonly needs_restart: readonly string[];
  readonly error: { readonly reason: string; readonly message: string } | null;
}

function fileWith(burst: number | string, more = ''): string {
  return `gateway:\n  limits:\n    tiers: { anonymous: { limit_per_minute: 1, burst: ${burst} } }\n${more}`;
}

describe('another configuration file', () => {
  let [folder, file, url] = ['', '', ''];
  let host: Host;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mainstay-reload-'));
    file = join(folder, 'mainstay.yaml');
    await writeFile(file, fileWith(100_000));
    host = await startHost([gatewayService, products], {
      env: {
        MAINSTAY_REGISTRY_ADDRESS: '127.0.0.1:1',
        MAINSTAY_LOG_LEVEL: 'error',
        GATEWAY_SERVER_PORT: '0',
        MAINSTAY_CONFIG: file,
      },
      logDestination: { write: () => undefined },
    });
    url = host.services.find(({ name }) => name === 'gateway')?.address ?? '';
  });
  afterAll(async () => {
    await host.stop();
    await rm(folder, { recursive: true });
  });

  const ask = (): Promise<Response> => fetch(`${url}/v1/products/p-1`);
  const status = async (): Promise<ConfigStatus> =>
    (await (await fetch(`${host.managementUrl}/config`)).json()) as ConfigStatus;
  const reload = (): Promise<Response> =>
    fetch(`${host.managementUrl}/config`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
  const burst = async (): Promise<string | null> => {
    const policy = (await ask()).headers.get('ratelimit-policy') ?? '';
    return /q=(\d+)/.exec(policy)?.[1] ?? null;
  };

  it('is taken 10 times under load without a failed request, good and bad ones in turn', async () => {
    let isOver = false;
    const statuses = new Map<number, number>();
    const caller = async (): Promise<void> => {
      while (!isOver) {
        const answer = await ask();
        await answer.arrayBuffer();
        statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      }
    };
    const load = Array.from({ length: 8 }, caller);

    for (let round = 0; round < 10; round++) {
      await writeFile(file, round % 2 === 0 ? fileWith(200_000 + round) : fileWith('"many"'));
      expect((await reload()).status).toBe(round % 2 === 0 ? 200 : 400);
    }
    isOver = true;
    await Promise.all(load);

    expect([...statuses.keys()]).toEqual([200]);
    expect(statuses.get(200)).toBeGreaterThan(10);
    expect(await burst()).toBe('200008');
  });

  it('is noticed by itself within two seconds, and changes limits at once', async () => {
    await writeFile(file, fileWith(123_456));

    await expect.poll(burst, { timeout: 5_000, interval: 50 }).toBe('123456');
    expect(await status()).toMatchObject({ changed: ['gateway.limits.tiers'], needs_restart: [], error: null });
  });

  it('that is wrong leaves the old one in force and says what is wrong', async () => {
    const before = await burst();
    await writeFile(file, fileWith(0));

    const answer = await reload();

    expect([answer.status, await answer.json()]).toEqual([400, expect.objectContaining({ error: 'CONFIG_INVALID' })]);
    expect((await status()).error).toMatchObject({
      reason: 'CONFIG_INVALID',
      message: expect.stringContaining('limits.tiers'),
    });
    expect(await burst()).toBe(before);
  });

  it('that a service refuses changes nothing either', async () => {
    await writeFile(file, fileWith(77, '    routes: { "GET /v1/nothing": { cost: 2 } }\n'));

    const answer = await reload();

    expect([answer.status, await answer.json()]).toEqual([400, expect.objectContaining({ error: 'OPTION_INVALID' })]);
    expect(await burst()).not.toBe('77');
  });

  it('with a key that needs a restart takes the rest and names the key', async () => {
    await writeFile(file, fileWith(55_555, '    max_buckets: 7\n'));

    expect(await (await reload()).json()).toMatchObject({
      changed: ['gateway.limits.tiers'],
      needs_restart: ['gateway.limits.max_buckets'],
      error: null,
    });
    expect(await burst()).toBe('55555');
  });
});

describe('the management port of a gateway without a database', () => {
  it('shows routes and limits, and refuses to make keys with a reason', async () => {
    const env = { MAINSTAY_REGISTRY_ADDRESS: '127.0.0.1:1', MAINSTAY_LOG_LEVEL: 'error', GATEWAY_SERVER_PORT: '0' };
    await using host = await startHost([gatewayService, products], { env });
    const get = async (path: string): Promise<unknown> => (await fetch(`${host.managementUrl}${path}`)).json();

    expect(await get('/gateway/routes')).toMatchObject({
      routes: expect.arrayContaining([
        expect.objectContaining({ route: 'GET /v1/products/{id}', scope: 'products.read', cost: 1 }),
      ]),
    });
    expect(await get('/gateway/limits')).toMatchObject({ tiers: { free: { limitPerMinute: 100 } }, quotas: null });
    const made = await fetch(`${host.managementUrl}/gateway/keys`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"act":"create","client":"acme","tier":"free"}',
    });
    expect([made.status, await made.json()]).toEqual([409, expect.objectContaining({ error: 'API_KEYS_NOT_KEPT' })]);
  });
});
