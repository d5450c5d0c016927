import { type LogFields, type Logger, optionError } from '@mainstay/kernel';
import { type CallContext, currentContext } from '@mainstay/kernel/context';
import pino from 'pino';
import { redact } from '../redaction/redact.ts';
import { redactText } from '../redaction/redact-text.ts';
import { type LogDestination, standardOutput } from './standard-output.ts';

/** Lowest level that is written; `silent` writes nothing. */
export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;

/** One of {@link logLevels}. */
export type LogLevel = (typeof logLevels)[number];

/** Options of {@link createLogger}. */
export interface LoggerOptions {
  /** Name of the service, on every line. */
  readonly service: string;
  /** Default `info`. */
  readonly level?: LogLevel;
  /** Fields on every line, for example `{ instance_id }`. */
  readonly fields?: LogFields;
  /** Where lines go; default standard output, written at once, so that a killed process has told all. */
  readonly destination?: LogDestination;
}

/** Names that the logger writes itself; a field of that name appears as `field_<name>`. */
const ownNames = new Set(['time', 'level', 'service', 'msg', 'trace_id', 'span_id']);

/**
 * Makes a logger that writes one JSON object per line, without secrets, with the ids of the current trace.
 *
 * Shape: `time` (ISO 8601 UTC), `level` (word), `service`, `msg`, `trace_id`, `span_id` and the ids
 *        of the context's baggage (`request_id`) inside a call, then fields.
 * Cost:  3 to 5 µs a line; a disabled level costs one comparison.
 *
 * @throws {@link PlatformError} `invalid_argument` / `OPTION_INVALID` for an unknown level.
 * @example
 * const logger = createLogger({ service: 'orders', level: 'info' });
 * logger.info('order confirmed', { order_id: orderId });
 */
export function createLogger(options: LoggerOptions): Logger {
  const level = options.level ?? 'info';
  if (!logLevels.includes(level)) throw optionError('logger.level', `one of ${logLevels.join(', ')}`, level);
  const settings: pino.LoggerOptions = {
    level,
    base: { service: options.service },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    // Errors are plain data when they get here; pino's own reading of `err` would add fields back.
    serializers: { err: (value: unknown) => value },
  };
  const sink = pino(settings, options.destination ?? standardOutput());
  return wrap(sink, options.fields === undefined ? {} : cleanFields(options.fields));
}

function wrap(sink: pino.Logger, bound: Record<string, unknown>): Logger {
  const writeAt = (level: 'debug' | 'info' | 'warn' | 'error') => {
    return (message: string, fields?: LogFields): void => {
      if (!sink.isLevelEnabled(level)) return;
      const context = currentContext();
      const line: Record<string, unknown> =
        context === undefined ? { ...bound } : { ...contextFields(context), ...bound };
      sink[level](fields === undefined ? line : Object.assign(line, cleanFields(fields)), redactText(message));
    };
  };
  return {
    debug: writeAt('debug'),
    info: writeAt('info'),
    warn: writeAt('warn'),
    error: writeAt('error'),
    child: (fields) => wrap(sink, { ...bound, ...cleanFields(fields) }),
  };
}

function contextFields({ trace, baggage }: CallContext): Record<string, unknown> {
  const ids = { trace_id: trace.traceId, span_id: trace.spanId };
  if (baggage === undefined) return ids;
  const entries = Object.entries(baggage).map(([name, value]) => [name.replaceAll('-', '_'), value] as const);
  return { ...cleanFields(Object.fromEntries(entries)), ...ids };
}

function cleanFields(fields: LogFields): Record<string, unknown> {
  const clean = redact(fields);
  if (typeof clean !== 'object' || clean === null) return { fields: clean };
  const result = clean as Record<string, unknown>;
  for (const name of ownNames) {
    if (!Object.hasOwn(result, name)) continue;
    result[`field_${name}`] = result[name];
    delete result[name];
  }
  return result;
}
