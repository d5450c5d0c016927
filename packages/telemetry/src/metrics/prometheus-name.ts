const unitWords: Readonly<Record<string, string>> = {
  s: 'seconds',
  ms: 'milliseconds',
  us: 'microseconds',
  By: 'bytes',
  '%': 'percent',
};

/** Kind of a metric, which decides its suffix. */
export type MetricKind = 'counter' | 'gauge' | 'histogram';

/**
 * Derives the Prometheus name: dots become underscores, the unit is spelled out, a counter ends in `_total`.
 *
 * @see https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/
 * @example
 * prometheusName('mainstay.rpc.server.duration', 's', 'histogram'); // 'mainstay_rpc_server_duration_seconds'
 */
export function prometheusName(name: string, unit: string, kind: MetricKind): string {
  let result = name.replace(/[^A-Za-z0-9_:]/g, '_');
  const word = unit === '1' && kind === 'gauge' ? 'ratio' : unitWords[unit];
  if (kind === 'counter') result = result.replace(/_total$/, '');
  if (word !== undefined && !result.endsWith(`_${word}`)) result = `${result}_${word}`;
  return kind === 'counter' ? `${result}_total` : result;
}
