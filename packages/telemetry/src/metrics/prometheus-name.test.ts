import { expect, test } from 'vitest';
import { type MetricKind, prometheusName } from './prometheus-name.ts';

test.each<[string, string, MetricKind, string]>([
  ['mainstay.rpc.server.duration', 's', 'histogram', 'mainstay_rpc_server_duration_seconds'],
  ['mainstay.rpc.calls', '{call}', 'counter', 'mainstay_rpc_calls_total'],
  ['mainstay.rpc.calls_total', '{call}', 'counter', 'mainstay_rpc_calls_total'],
  ['mainstay.rpc.sent', 'By', 'counter', 'mainstay_rpc_sent_bytes_total'],
  ['mainstay.rpc.sent_bytes', 'By', 'counter', 'mainstay_rpc_sent_bytes_total'],
  ['mainstay.pool.use', '1', 'gauge', 'mainstay_pool_use_ratio'],
  ['http.server-requests', '{request}', 'gauge', 'http_server_requests'],
])('%s in %s as a %s is %s', (name, unit, kind, expected) => {
  expect(prometheusName(name, unit, kind)).toBe(expected);
});
