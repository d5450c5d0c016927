import { Agent, request } from 'node:http';
import { loadConfig } from '@mainstay/config';
import { silentLogger, silentMeter, systemClock } from '@mainstay/kernel';
import { createLocalLimiter } from '@mainstay/rate-limit';
import { describe, expect, it } from 'vitest';
import { gatewayConfig } from '../src/config.ts';
import { createGateway } from '../src/gateway.ts';
import { toSettings } from '../src/settings.ts';
import { startTestGateway } from './harness.ts';

describe('draining', () => {
  it('finishes the running request, tells the client to go, and takes no new connection', async () => {
    const started = Promise.withResolvers<void>();
    const finish = Promise.withResolvers<void>();
    await using lab = await startTestGateway({
      products: {
        async getProduct() {
          started.resolve();
          await finish.promise;
          return { product: { id: 'p-1' } };
        },
      },
    });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const running = new Promise<string>((resolve, reject) => {
      const options = { host: '127.0.0.1', port: lab.port, path: '/v1/products/p-1', agent };
      request({ ...options, headers: { 'x-api-key': 'demo-enterprise' } }, (response) => {
        response.resume().on('end', () => resolve(`${response.statusCode} ${response.headers.connection}`));
      })
        .on('error', reject)
        .end();
    });
    await started.promise;
    const drained = lab.gateway.drain();
    await new Promise((resolve) => setImmediate(resolve));

    await expect(lab.send('GET', '/')).rejects.toThrow('ECONNREFUSED');
    finish.resolve();
    expect(await running).toBe('200 close');
    await drained;
    agent.destroy();
  });
});

describe('listening', () => {
  it('on a port in use is refused with one line that names it', async () => {
    await using first = await startTestGateway({});
    await using second = createGateway({
      ...toSettings(loadConfig(gatewayConfig, { env: {} })),
      title: 'Lab',
      version: '1.0.0',
      services: [],
      comments: undefined,
      client: () => expect.unreachable(),
      clientOf: () => expect.unreachable(),
      apiKeys: [],
      limiter: createLocalLimiter(),
      clock: systemClock,
      logger: silentLogger,
      meter: silentMeter,
    });

    await expect(second.listen('127.0.0.1', first.port)).rejects.toMatchObject({
      reason: 'GATEWAY_PORT_UNAVAILABLE',
      rawMessage: `the gateway cannot listen: port 127.0.0.1:${first.port} cannot be opened: another process listens on it`,
    });
  });
});
