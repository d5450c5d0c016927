import { expect, test } from 'vitest';
import { createMeter } from './create-meter.ts';
import { MetricsSum } from './metrics-sum.ts';

async function exposeOf(calls: readonly string[], open: number, seconds: readonly number[]): Promise<string> {
  const meter = createMeter({ processMetrics: false });
  const counter = meter.counter({
    name: 'calls',
    description: 'Calls, by "service"',
    unit: '{call}',
    labelNames: ['to'],
  });
  for (const to of calls) counter.add(1, { to });
  meter.gauge({ name: 'open', description: 'Open', unit: '{stream}', labelNames: ['kind'] }).set(open, { kind: 'a b' });
  const histogram = meter.histogram({ name: 'took', description: 'Took', unit: 's', buckets: [0.1, 1] });
  for (const value of seconds) histogram.record(value);
  return meter.expose();
}

const linesOf = (sum: MetricsSum): string[] =>
  sum
    .expose()
    .split('\n')
    .filter((line) => /^(calls|open|took)/.test(line));

test('counters and histograms of two processes are one sum, gauges stand apart', async () => {
  const sum = new MetricsSum('worker');
  sum.read('1', await exposeOf(['x', 'x', 'y y'], 3, [0.05]));
  sum.read('2', await exposeOf(['x'], 4, [0.5, 5]));

  expect(linesOf(sum)).toEqual([
    'calls_total{to="x"} 3',
    'calls_total{to="y y"} 1',
    'open{worker="1",kind="a b"} 3',
    'open{worker="2",kind="a b"} 4',
    'took_seconds_bucket{le="0.1"} 1',
    'took_seconds_bucket{le="1"} 2',
    'took_seconds_bucket{le="+Inf"} 3',
    'took_seconds_sum 5.55',
    'took_seconds_count 3',
  ]);
  expect(sum.expose().match(/^# TYPE calls_total counter$/gm)).toHaveLength(1);
});

test('a process is read anew, and what it counted stays in the sum when it ends and another takes its place', async () => {
  const sum = new MetricsSum('worker');
  sum.read('1', await exposeOf(['x'], 3, []));
  sum.read('1', await exposeOf(['x', 'x'], 3, []));
  sum.end('1');
  sum.end('1');
  sum.read('2', await exposeOf(['x'], 1, []));

  expect(linesOf(sum)).toEqual(expect.arrayContaining(['calls_total{to="x"} 3', 'open{worker="2",kind="a b"} 1']));
  expect(sum.expose()).not.toContain('worker="1"');
});
