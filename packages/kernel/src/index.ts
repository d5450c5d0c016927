export { type Alarm, type Alarms, alarmsOf, createAlarms } from './alarms.ts';
export { type CancelListener, Cancellation } from './cancellation.ts';
export { type Clock, sleepOn, systemClock } from './clock.ts';
export {
  type Deadline,
  deadlineAt,
  deadlineDueAtMs,
  deadlineIn,
  earlierDeadline,
  remainingMs,
  withTimeout,
} from './deadline.ts';
export { type Code, codeFromNumber, codeNumber, codes, httpStatusOf } from './errors/code.ts';
export { kernelReasons } from './errors/kernel-reasons.ts';
export {
  type FieldViolation,
  isPlatformError,
  optionError,
  PlatformError,
  type PlatformErrorOptions,
  toPlatformError,
} from './errors/platform-error.ts';
export { defineReasons, type Executed, type Reason, type ReasonRow, type Retry } from './errors/reason.ts';
export { type FaultHandler, faultPoint, setFaultHandler } from './fault-points.ts';
export { fixedPort, fixedPorts } from './fixed-ports.ts';
export { isUuid, uuidv7 } from './ids.ts';
export { decodePageToken, encodePageToken } from './page-token.ts';
export { createPause, type Pause } from './pause.ts';
export type { HeldLease, LeaseKeeper } from './ports/lease.ts';
export { type LogFields, type Logger, silentLogger } from './ports/logger.ts';
export {
  type Counter,
  type Gauge,
  type Histogram,
  type Meter,
  type MetricLabels,
  type MetricOptions,
  type Recorder,
  recorderOf,
  silentMeter,
} from './ports/meter.ts';
export type { SqlExecutor, SqlResult, StatementOptions, TransactionalSql } from './ports/sql-executor.ts';
