import { defineConfig } from '@mainstay/config';
import { ProductsService } from '@mainstay/contracts/products/v1/products';
import { currentContext } from '@mainstay/kernel/context';
import { bindService } from '@mainstay/rpc';
import { defineService, startHost } from '@mainstay/service';
import { describe, expect, it } from 'vitest';
import { gatewayService } from '../src/service.ts';

const products = defineService({
  name: 'products',
  version: '0.1.0',
  config: defineConfig({ name: 'products', keys: {} }),
  register: false,
  start: async () => ({
    bindings: [
      bindService(ProductsService, {
        getProduct: ({ id }) => ({ product: { id, name: currentContext()?.identity.tier ?? '' } }),
      }),
    ],
  }),
});
const env = { MAINSTAY_REGISTRY_ADDRESS: '127.0.0.1:1', MAINSTAY_LOG_LEVEL: 'error', GATEWAY_SERVER_PORT: '0' };

describe('gatewayService', () => {
  it('serves beside another service in one process, with demo keys, and shows itself on the management port', async () => {
    await using host = await startHost([gatewayService, products], { env });
    const url = host.services.find(({ name }) => name === 'gateway')?.address ?? '';

    const answer = await fetch(`${url}/v1/products/p-1`, { headers: { 'x-api-key': 'demo-free' } });
    expect(answer.headers.get('x-ratelimit-limit')).toBe('100');
    expect([answer.status, await answer.json()]).toEqual([200, expect.objectContaining({ id: 'p-1', name: 'free' })]);

    const absent = await fetch(`${url}/v1/categories`);
    expect([absent.status, absent.headers.get('content-type')]).toEqual([501, 'application/problem+json']);
    const nobody = await fetch(`${url}/v1/keys`);
    expect([nobody.status, ((await nobody.json()) as { reason: string }).reason]).toEqual([503, 'NO_INSTANCE']);

    const health = await (await fetch(`${host.managementUrl}/health`)).text();
    expect(health).toContain('"circuits"');
    const metrics = await (await fetch(`${host.managementUrl}/metrics`)).text();
    expect(metrics).toContain('http_route="/v1/products/{id}"');
    expect((await fetch(`${url}/health`)).status).toBe(404);
  });

  it('refuses the demo keys in production mode', async () => {
    const production = { ...env, MAINSTAY_MODE: 'production', MAINSTAY_INTERNAL_KEY: '0'.repeat(64) };
    await using host = await startHost([gatewayService, products], { env: production });
    const url = host.services.find(({ name }) => name === 'gateway')?.address ?? '';

    const answer = await fetch(`${url}/v1/products/p-1`, { headers: { 'x-api-key': 'demo-free' } });
    expect([answer.status, ((await answer.json()) as { reason: string }).reason]).toEqual([401, 'API_KEY_INVALID']);
  });

  it('names an unknown setting and a wrong value, all at once', async () => {
    const wrong = { ...env, GATEWAY_CIRCUIT_OPEN_MS: 'soon', GATEWAY_LIMITS_TEARS: '1' };

    await expect(startHost([gatewayService], { env: wrong })).rejects.toThrow(
      /GATEWAY_CIRCUIT_OPEN_MS[\s\S]*GATEWAY_LIMITS_TEARS|GATEWAY_LIMITS_TEARS[\s\S]*GATEWAY_CIRCUIT_OPEN_MS/,
    );
  });
});
