import { createLocalLimiter } from '@mainstay/rate-limit';
import { createMeter } from '@mainstay/telemetry';
import { FakeClock } from '@mainstay/testing';
import { expect, it } from 'vitest';
import { startTestGateway } from './harness.ts';

/** Lines of the metrics whose names begin like this. */
async function linesOf(meter: ReturnType<typeof createMeter>, name: string): Promise<string[]> {
  return (await meter.expose()).split('\n').filter((line) => line.startsWith(name));
}

it('refusals by the limit are counted, and 50 buckets fall to 1 after an hour in which one client asks', async () => {
  const [clock, meter] = [new FakeClock(), createMeter()];
  const products = { listProducts: () => ({}) };
  const findKey = (key: string) => ({ client: key, tier: 'free' });
  await using lab = await startTestGateway(
    { products },
    { clock, meter, findKey, limiter: createLocalLimiter({ clock, idleMs: 3_600_000 }) },
  );
  const ask = async (client: string) =>
    (await lab.send('GET', '/v1/products', { headers: { 'x-api-key': client } })).status;

  for (let client = 0; client < 50; client++) expect(await ask(`c-${client}`)).toBe(200);
  expect(await linesOf(meter, 'mainstay_gateway_rate_limit_buckets ')).toEqual([
    'mainstay_gateway_rate_limit_buckets 50',
  ]);
  await clock.advance(3_600_001);
  const statuses = [];
  for (let call = 0; call < 210; call++) statuses.push(await ask('c-0'));

  expect(statuses.filter((status) => status === 429)).toHaveLength(10);
  expect(await linesOf(meter, 'mainstay_gateway_rate_limited')).toEqual([expect.stringMatching(/ 10$/)]);
  expect(await linesOf(meter, 'mainstay_gateway_rate_limit_buckets ')).toEqual([
    'mainstay_gateway_rate_limit_buckets 1',
  ]);
});
