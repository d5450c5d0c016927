import { defineConfig } from '@mainstay/config';
import { ProductsService } from '@mainstay/contracts/products/v1/products';
import { hasRedis, startRedis, whySkipped } from '@mainstay/rate-limit/testing';
import { bindService } from '@mainstay/rpc';
import { defineService, startHost } from '@mainstay/service';
import { expect, it } from 'vitest';
import { gatewayService } from '../src/service.ts';

const products = defineService({
  name: 'products',
  version: '0.1.0',
  config: defineConfig({ name: 'products', keys: {} }),
  register: false,
  start: async () => ({ bindings: [bindService(ProductsService, { getProduct: ({ id }) => ({ product: { id } }) })] }),
});

it.runIf(hasRedis)(
  `two gateways with limits.redis_url admit 30 of 50 requests together, and go on when Redis is killed${whySkipped}`,
  async () => {
    await using redis = await startRedis();
    const env = {
      MAINSTAY_REGISTRY_ADDRESS: '127.0.0.1:1',
      MAINSTAY_LOG_LEVEL: 'info',
      GATEWAY_SERVER_PORT: '0',
      GATEWAY_LIMITS_REDIS_URL: redis.url,
      // What is shown is not how fast Redis answers, and a killed one refuses at once.
      GATEWAY_LIMITS_REDIS_TIMEOUT_MS: '5000',
      GATEWAY_LIMITS_MIN_REPLICAS: '2',
      GATEWAY_LIMITS_TIERS: JSON.stringify({
        anonymous: { limit_per_minute: 10, burst: 20 },
        free: { limit_per_minute: 1, burst: 30 },
        professional: { limit_per_minute: 1, burst: 10 },
      }),
    };
    let reached = 0;
    const write = (line: string): void => {
      if (line.includes('Redis is reachable')) reached++;
    };
    const options = { env, logDestination: { write } };
    await using first = await startHost([gatewayService, products], options);
    await using second = await startHost([gatewayService, products], options);
    await expect.poll(() => reached, { timeout: 10_000 }).toBe(2);
    const urls = [first, second].map(({ services }) => services.find(({ name }) => name === 'gateway')?.address ?? '');
    const ask = async (at: number, key: string): Promise<number> => {
      const answer = await fetch(`${urls[at % 2]}/v1/products/p`, { headers: { 'x-api-key': key } });
      await answer.arrayBuffer();
      return answer.status;
    };

    const statuses = await Promise.all(Array.from({ length: 50 }, (_, at) => ask(at, 'demo-free')));
    expect(statuses.filter((status) => status === 200)).toHaveLength(30);
    expect(statuses.filter((status) => status === 429)).toHaveLength(20);

    await redis.kill();
    const alone = await Promise.all(Array.from({ length: 20 }, (_, at) => ask(at, 'demo-professional')));
    expect(new Set(alone)).toEqual(new Set([200, 429]));
    expect(alone.filter((status) => status === 200)).toHaveLength(10);
  },
);
