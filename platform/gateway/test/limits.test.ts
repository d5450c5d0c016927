import { FakeClock } from '@mainstay/testing';
import { describe, expect, it } from 'vitest';
import { type Answer, type Backends, startTestGateway, type TestGateway } from './harness.ts';

const backends: Backends = { products: { listProducts: () => ({}) } };

async function ask(lab: TestGateway, headers: Record<string, string> = {}, path = '/v1/products'): Promise<Answer> {
  return await lab.send('GET', path, { headers });
}

function limitsOf({ status, headers }: Answer): unknown[] {
  const names = ['x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset', 'retry-after'];
  return [status, ...names.map((name) => (headers[name] === undefined ? undefined : Number(headers[name])))];
}

describe('limits', () => {
  it('let 20 anonymous calls through at once, then one every 6 s, and say so exactly', async () => {
    const clock = new FakeClock(1_000_000_000_000);
    await using lab = await startTestGateway(backends, { clock });

    expect(limitsOf(await ask(lab))).toEqual([200, 10, 19, 1_000_000_006, undefined]);
    for (let i = 0; i < 18; i++) await ask(lab);
    expect(limitsOf(await ask(lab))).toEqual([200, 10, 0, 1_000_000_120, undefined]);
    const refused = await ask(lab);
    expect(limitsOf(refused)).toEqual([429, 10, 0, 1_000_000_120, 6]);
    expect(refused.json).toMatchObject({ reason: 'RATE_LIMITED', executed: 'no', retryable: true });

    await clock.advance(5_900);
    expect(limitsOf(await ask(lab))).toEqual([429, 10, 0, 1_000_000_120, 1]);
    await clock.advance(100);
    expect(limitsOf(await ask(lab))).toEqual([200, 10, 0, 1_000_000_126, undefined]);
    expect((await ask(lab)).status).toBe(429);
  });

  it('of a key let 200 of 1,000 calls at once through, then 100 of 300 in a minute, and touch no other key', async () => {
    const clock = new FakeClock();
    await using lab = await startTestGateway(backends, { clock });
    const free = { 'x-api-key': 'demo-free' };
    const answers = await Promise.all(Array.from({ length: 1_000 }, () => ask(lab, free)));

    expect(answers.filter(({ status }) => status === 200)).toHaveLength(200);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(800);
    expect((await ask(lab, { 'x-api-key': 'demo-enterprise' })).status).toBe(200);
    expect((await ask(lab)).status).toBe(200);
    let admitted = 0;
    for (let call = 0; call < 300; call++) {
      await clock.advance(200);
      if ((await ask(lab, free)).status === 200) admitted += 1;
    }
    expect(admitted).toBe(100);
  });

  it('for invented keys are those of one anonymous address', async () => {
    await using lab = await startTestGateway(backends, { clock: new FakeClock() });
    const answers = await Promise.all(Array.from({ length: 100 }, (_, i) => ask(lab, { 'x-api-key': `guess-${i}` })));

    const first = answers.find(({ status }) => status === 401);
    expect(first?.json.reason).toBe('API_KEY_INVALID');
    expect(first?.headers['www-authenticate']).toBe('ApiKey realm="mainstay"');
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(20);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(80);
    expect((await ask(lab)).status).toBe(429);
  });

  it('count unknown paths too, and the pages of the gateway not at all', async () => {
    await using lab = await startTestGateway(backends, { clock: new FakeClock() });
    for (let i = 0; i < 20; i++) await ask(lab, {}, '/wp-admin.php');

    expect((await ask(lab, {}, '/wp-admin.php')).status).toBe(429);
    const page = await ask(lab, {}, '/docs');
    expect([page.status, page.headers['x-ratelimit-limit']]).toEqual([200, undefined]);
  });

  it('believe X-Forwarded-For from a trusted proxy only', async () => {
    const limits = {
      bodyLimitBytes: 1_000,
      maxUrlLength: 1_000,
      headersTimeoutMs: 10_000,
      requestTimeoutMs: 10_000,
      keepAliveMs: 1_000,
      drainIdleMs: 50,
    };
    await using direct = await startTestGateway(backends, {
      clock: new FakeClock(),
      limits: { ...limits, trustedProxies: [] },
    });
    await using proxied = await startTestGateway(backends, {
      clock: new FakeClock(),
      limits: { ...limits, trustedProxies: ['127.0.0.0/8'] },
    });
    const remaining = async (lab: TestGateway, address: string): Promise<unknown> =>
      (await ask(lab, { 'x-forwarded-for': address })).headers['x-ratelimit-remaining'];

    expect([await remaining(direct, '1.1.1.1'), await remaining(direct, '2.2.2.2')]).toEqual(['19', '18']);
    expect([await remaining(proxied, '1.1.1.1'), await remaining(proxied, '2.2.2.2')]).toEqual(['19', '19']);
  });
});
