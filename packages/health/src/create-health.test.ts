import { FakeClock } from '@mainstay/testing';
import { describe, expect, test } from 'vitest';
import { createHealth } from './create-health.ts';
import type { ProcessFacts } from './process-facts.ts';

const facts: ProcessFacts = {
  pid: 42,
  uptime_seconds: 7,
  memory: { rss_bytes: 3, heap_used_bytes: 1, heap_total_bytes: 2 },
  event_loop: { lag_p99_ms: 0, lag_max_ms: 0, utilization_ratio: 0 },
};

function setUp() {
  const clock = new FakeClock(0);
  const health = createHealth({ clock, service: 'orders', version: '1.4.0', processFacts: () => facts });
  const probes = async () => [
    (await health.startup()).status,
    (await health.live()).status,
    (await health.ready()).status,
  ];
  return { clock, health, probes };
}

const fail = async (): Promise<void> => {
  throw new Error('down');
};

describe('startup, live and ready', () => {
  test('while starting, started and draining', async () => {
    const { health, probes } = setUp();

    expect(await probes()).toEqual(['down', 'up', 'down']);
    health.setStarted();
    expect(await probes()).toEqual(['up', 'up', 'up']);
    health.setDraining();
    expect(await probes()).toEqual(['up', 'up', 'down']);
    health.setStarted();
    expect(await probes()).toEqual(['up', 'up', 'down']);
  });

  test('draining during start-up stays draining', async () => {
    const { health } = setUp();

    health.setDraining();
    health.setStarted();

    expect(await health.ready()).toMatchObject({ status: 'down', reason: 'the process is draining' });
  });

  test('a failing readiness check takes the process out of traffic and does not end its life', async () => {
    const { health, probes } = setUp();
    health.setStarted();
    health.addReadinessCheck('database', fail);
    health.addReadinessCheck('keys', async () => undefined);

    expect(await probes()).toEqual(['up', 'up', 'down']);
    expect(await health.ready()).toMatchObject({
      reason: 'database is down',
      checks: { database: { status: 'down' }, keys: { status: 'up' } },
    });
  });

  test('a failing liveness check ends life only', async () => {
    const { health, probes } = setUp();
    health.setStarted();
    health.addLivenessCheck('worker', fail);

    expect(await probes()).toEqual(['up', 'down', 'up']);
  });
});

test('checks run at the same time: three that hang hold the answer for 2,000 ms, not 6,000', async () => {
  const { clock, health } = setUp();
  health.setStarted();
  for (const name of ['a', 'b', 'c']) health.addReadinessCheck(name, () => new Promise(() => undefined));
  const answer = health.ready();

  await clock.advance(2_000);

  expect(await answer).toMatchObject({ status: 'down', reason: 'a, b, c are down' });
});

test('draining is answered without waiting for any check', async () => {
  const { health } = setUp();
  health.setStarted();
  health.addReadinessCheck('slow', () => new Promise(() => undefined));
  health.setDraining();

  expect(await health.ready()).toMatchObject({ status: 'down', checks: { slow: { status: 'unknown' } } });
});

test('draining that begins while checks run is in the answer', async () => {
  const { health } = setUp();
  health.setStarted();
  health.addReadinessCheck('database', async () => health.setDraining());

  expect(await health.ready()).toMatchObject({ status: 'down', state: 'draining', reason: 'the process is draining' });
});

test('the page for people shows service, version, state, process, checks and details', async () => {
  const { health } = setUp();
  health.setStarted();
  health.addReadinessCheck('database', fail);
  health.addLivenessCheck('worker', async () => undefined);
  health.addDetail('registry', () => ({ connected: true }));
  health.addDetail('broken', () => {
    throw new Error('hunter2');
  });

  expect(await health.detail()).toMatchObject({
    status: 'down',
    state: 'started',
    reason: 'database is down',
    service: 'orders',
    version: '1.4.0',
    started_at: '1970-01-01T00:00:00.000Z',
    ...facts,
    checks: { database: { status: 'down', last_error: { message: 'down' } }, worker: { status: 'up' } },
    details: { registry: { connected: true }, broken: { error: 'INTERNAL' } },
  });
});

test('a name is used once, over both kinds of check', () => {
  const { health } = setUp();
  health.addReadinessCheck('database', fail);
  health.addDetail('registry', () => 1);

  expect(() => health.addLivenessCheck('database', fail)).toThrow(
    /health check name must be used once, got "database"/,
  );
  expect(() => health.addDetail('registry', () => 1)).toThrow(/health detail name must be used once/);
});

test('without a port of its own it reads the figures of this process', async () => {
  const detail = await createHealth().detail();

  expect(detail.pid).toBe(process.pid);
  expect(detail.memory.rss_bytes).toBeGreaterThan(1e6);
  expect(detail.event_loop.lag_max_ms).toBeGreaterThanOrEqual(0);
});
