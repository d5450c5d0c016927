import { createClient } from '@connectrpc/connect';
import { Health, HealthCheckResponse_ServingStatus as Status } from '@mainstay/contracts/grpc/health/v1/health';
import { newTrace, runInContext } from '@mainstay/kernel/context';
import { FakeClock } from '@mainstay/testing';
import { expect, test } from 'vitest';
import { connect } from './connect-both.ts';

const nobody = { trace: newTrace(), identity: { kind: 'anonymous', roles: [] } } as const;

test('health answers anybody for the server, for each bound service, and not for others', async () => {
  let serving = true;
  await using connected = await connect('socket', {}, { serving: () => serving });
  const health = createClient(Health, connected.transport);

  await runInContext(nobody, async () => {
    expect((await health.check({})).status).toBe(Status.SERVING);
    expect((await health.check({ service: 'test.v1.KindsService' })).status).toBe(Status.SERVING);
    await expect(health.check({ service: 'nothing' })).rejects.toMatchObject({ code: 'not_found' });
    serving = false;
    expect((await health.check({})).status).toBe(Status.NOT_SERVING);
    expect(Object.keys((await health.list({})).statuses).sort()).toEqual(['', 'test.v1.KindsService']);
  });
});

test('a watch tells the status at once and each change within 1 s, and stays open for unknown services', async () => {
  const clock = new FakeClock(Date.now());
  let serving = true;
  await using connected = await connect('socket', {}, { serving: () => serving, clock });
  const health = createClient(Health, connected.transport);
  const controller = new AbortController();
  const known = health.watch({}, { signal: controller.signal })[Symbol.asyncIterator]();
  const unknown = health.watch({ service: 'nothing' }, { signal: controller.signal })[Symbol.asyncIterator]();

  expect((await known.next()).value?.status).toBe(Status.SERVING);
  expect((await unknown.next()).value?.status).toBe(Status.SERVICE_UNKNOWN);
  serving = false;
  const change = known.next();
  await clock.advance(1_000);
  expect((await change).value?.status).toBe(Status.NOT_SERVING);

  controller.abort();
  await expect(known.next()).rejects.toMatchObject({ reason: 'CANCELED' });
  await expect(unknown.next()).rejects.toMatchObject({ reason: 'CANCELED' });
});
