export { telemetryReasons } from './errors.ts';
export { createLogger, type LoggerOptions, type LogLevel, logLevels } from './logs/create-logger.ts';
export {
  createMeter,
  durationBuckets,
  type ExposableMeter,
  exposeContentType,
  type MeterOptions,
} from './metrics/create-meter.ts';
export { MetricsSum } from './metrics/metrics-sum.ts';
export { prometheusName } from './metrics/prometheus-name.ts';
export { redact } from './redaction/redact.ts';
export { redacted, redactText } from './redaction/redact-text.ts';
