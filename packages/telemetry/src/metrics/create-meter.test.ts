import { recorderOf } from '@mainstay/kernel';
import { describe, expect, test } from 'vitest';
import { createMeter, type MeterOptions } from './create-meter.ts';

const calls = { name: 'mainstay.rpc.calls', description: 'Calls', unit: '{call}', labelNames: ['code'] } as const;

function meter(options: MeterOptions = {}) {
  return createMeter({ processMetrics: false, ...options });
}

test('exposes a counter, a gauge and a histogram in the Prometheus text format', async () => {
  const made = meter();

  made.counter(calls).add(2, { code: 'ok' });
  made.gauge({ name: 'mainstay.pool.connections', description: 'Connections', unit: '{connection}' }).set(7);
  const duration = made.histogram({ name: 'mainstay.rpc.duration', description: 'Time', unit: 's', buckets: [0.1, 1] });
  duration.record(0.05);
  duration.record(0.5);

  const text = await made.expose();
  expect(text).toContain(
    '# HELP mainstay_rpc_calls_total Calls\n# TYPE mainstay_rpc_calls_total counter\nmainstay_rpc_calls_total{code="ok"} 2\n',
  );
  expect(text).toContain('mainstay_pool_connections 7\n');
  expect(text).toContain('mainstay_rpc_duration_seconds_bucket{le="0.1"} 1\n');
  expect(text).toContain('mainstay_rpc_duration_seconds_bucket{le="1"} 2\n');
  expect(text).toContain('mainstay_rpc_duration_seconds_count 2\n');
});

test('a recorder measures the series that record measures', async () => {
  const made = meter();
  const duration = made.histogram({
    name: 'a.time',
    description: 'Time',
    unit: 's',
    labelNames: ['code'],
    buckets: [1],
  });
  const record = recorderOf(duration, { code: 'ok', undeclared: 'x' });

  duration.record(0.5, { code: 'ok' });
  record?.(0.5);
  record?.(Number.NaN);

  const text = await made.expose();
  expect(text).toContain('a_time_seconds_count{code="ok"} 2\n');
  expect(text).toContain('mainstay_telemetry_rejected_total{metric="a_time_seconds",problem="value"} 1\n');
});

test('two meters share nothing', async () => {
  const other = meter();
  meter().counter(calls).add(1, { code: 'ok' });

  expect(await other.expose()).not.toContain('mainstay_rpc_calls_total');
});

describe('one name', () => {
  test('declared twice alike is one metric', async () => {
    const made = meter();

    made.counter(calls).add(1, { code: 'ok' });
    made.counter({ ...calls }).add(1, { code: 'ok' });

    expect(await made.expose()).toContain('mainstay_rpc_calls_total{code="ok"} 2\n');
  });

  test.each([
    ['other labels', { ...calls, labelNames: ['code', 'method'] }],
    ['no labels', { name: calls.name, description: 'Calls', unit: '{call}' }],
  ])('declared with %s is refused with METRIC_CONFLICT', (_, other) => {
    const made = meter();
    made.counter(calls);

    expect(() => made.counter(other)).toThrow(expect.objectContaining({ reason: 'METRIC_CONFLICT' }));
  });

  test('of the process is refused', () => {
    const made = createMeter();
    const cpu = { name: 'process.cpu', description: 'mine', unit: 's' };

    expect(() => made.counter(cpu)).toThrow(expect.objectContaining({ reason: 'METRIC_CONFLICT' }));
  });
});

test.each(['le', 'a-b', '1a', ''])('refuses the label name %j', (label) => {
  expect(() => meter().counter({ ...calls, labelNames: [label] })).toThrow(/label of metric/);
});

test('a measurement never throws: NaN, a counter going down and unknown labels are counted or left out', async () => {
  const made = meter();
  const counter = made.counter(calls);

  counter.add(Number.NaN, { code: 'ok' });
  counter.add(-1, { code: 'ok' });
  counter.add(1, { code: 'ok', user: '42' });
  counter.add(1);

  const text = await made.expose();
  expect(text).toContain('mainstay_telemetry_rejected_total{metric="mainstay_rpc_calls_total",problem="value"} 2\n');
  expect(text).toContain('mainstay_rpc_calls_total{code="ok"} 1\n');
  expect(text).toContain('mainstay_rpc_calls_total{code=""} 1\n');
});

test('100 label values with a limit of 10 make 11 series, and the 90 are told', async () => {
  const made = meter({ maxSeriesPerMetric: 10 });
  const counter = made.counter(calls);

  for (let code = 0; code < 100; code++) counter.add(1, { code: String(code) });
  counter.add(1, { code: '3' });

  const text = await made.expose();
  expect(text.match(/^mainstay_rpc_calls_total\{/gm)).toHaveLength(11);
  expect(text).toContain('mainstay_rpc_calls_total{code="3"} 2\n');
  expect(text).toContain('mainstay_rpc_calls_total{code="other"} 90\n');
  expect(text).toContain('{metric="mainstay_rpc_calls_total",problem="series"} 90\n');
});

test('label values are escaped, so no value can add a line', async () => {
  const made = meter();

  made.counter(calls).add(1, { code: 'a"} 5\nevil_total 1' });

  expect(await made.expose()).not.toMatch(/^evil_total/m);
});

test('shows processor time, memory and event loop of the process', async () => {
  const text = await createMeter().expose();

  for (const name of [
    'process_cpu_seconds_total',
    'process_resident_memory_bytes',
    'nodejs_eventloop_utilization_ratio',
  ]) {
    expect(text).toMatch(new RegExp(`^${name} [\\d.e-]+$`, 'm'));
  }
});

test('refuses a limit of 0 series', () => {
  expect(() => createMeter({ maxSeriesPerMetric: 0 })).toThrow(
    /maxSeriesPerMetric must be an integer of at least 1, got 0/,
  );
});
