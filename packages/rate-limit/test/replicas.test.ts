import { fork } from 'node:child_process';
import { once } from 'node:events';
import { hasRedis, type RedisProcess, startRedis, whySkipped } from '@mainstay/rate-limit/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LimiterOrder, LimiterReport } from './fixtures/limiter-process.ts';

const quarterHourMs = 900_000;

describe.skipIf(!hasRedis)(`3 processes, the clock of one 15 minutes off${whySkipped}`, () => {
  let redis: RedisProcess;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis[Symbol.asyncDispose]());

  test.for([
    { how: 'each request asks', leaseMs: 0, ahead: 0 },
    // 15 tokens a replica: what 50 ms bring.
    { how: 'tokens are leased ahead', leaseMs: 50, ahead: 45 },
  ])('$how: in 1.5 s they admit at most burst + rate × time and at least 97 % of it', async ({ leaseMs, ahead }) => {
    const limit = { limitPerMinute: 18_000, burst: 600 };
    const order = { url: redis.url, prefix: `${leaseMs}:`, leaseMs, limit, runMs: 1_500 };

    const reports = await Promise.all([0, quarterHourMs, 0].map((offsetMs) => report({ ...order, offsetMs })));

    const admitted = reports.reduce((sum, one) => sum + one.admitted, 0);
    const fromMs = Math.min(...reports.map((one) => one.fromMs));
    const toMs = Math.max(...reports.map((one) => one.toMs));
    const shortestMs = Math.min(...reports.map((one) => one.toMs)) - Math.max(...reports.map((one) => one.fromMs));
    const brought = (ms: number): number => limit.burst + (ms * limit.limitPerMinute) / 60_000;
    expect(admitted).toBeLessThanOrEqual(brought(toMs - fromMs) + ahead);
    expect(admitted).toBeGreaterThanOrEqual(0.97 * brought(shortestMs) - ahead);
    expect(Math.max(...reports.map((one) => one.resetErrorMs))).toBeLessThan(1_000);
  });
});

async function report(order: LimiterOrder): Promise<LimiterReport> {
  const child = fork(new URL('fixtures/limiter-process.ts', import.meta.url), {
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  try {
    child.send(order);
    const [answer] = (await once(child, 'message')) as [LimiterReport];
    return answer;
  } finally {
    child.kill('SIGKILL');
  }
}
