import type { Code } from './code.ts';
import { kernelReasons } from './kernel-reasons.ts';
import type { Executed, Reason, Retry } from './reason.ts';

/** One broken rule of a request, as shown to the caller. */
export interface FieldViolation {
  /** Path from the request message, for example `items[2].quantity`; empty for the whole message. */
  readonly field: string;
  /** Stable key of the rule, for example `int32.gt`. */
  readonly rule: string;
  /** One sentence for a person, without the rejected value when the field is sensitive. */
  readonly message: string;
}

/** What a single error may add to its reason. */
export interface PlatformErrorOptions {
  /** Overrides the reason's `executed`, for example `maybe` once bytes were sent. */
  readonly executed?: Executed;
  /** Overrides the reason's `retry`. */
  readonly retry?: Retry;
  /** Pause before the next try, in milliseconds; implies `retry: 'after'` unless `retry` is given. */
  readonly retryAfterMs?: number;
  /** Overrides the HTTP status at the edge. */
  readonly httpStatus?: number;
  /** Facts a program may read, for example `{order_id}`; sent to the caller, so never a secret. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** All violations of a request, in request order. */
  readonly violations?: readonly FieldViolation[];
  /** The original; logged, never sent. */
  readonly cause?: unknown;
}

const brand = Symbol.for('@mainstay/kernel/PlatformError');

/**
 * The one error type of the platform: what happened, did it run, may it be repeated.
 *
 * Travels as a gRPC status with details and as an RFC 9457 problem, the same both ways. Recognise it
 * with {@link isPlatformError}, never with `instanceof` alone: two copies of the package may be loaded.
 *
 * @example
 * throw new PlatformError(reasons.BULKHEAD_FULL, 'bulkhead payments is full: 10 running, 20 queued');
 */
export class PlatformError extends Error {
  static {
    PlatformError.prototype.name = 'PlatformError';
  }

  readonly code: Code;
  readonly reason: string;
  readonly executed: Executed;
  readonly retry: Retry;
  readonly retryAfterMs: number | undefined;
  readonly httpStatus: number | undefined;
  readonly metadata: Readonly<Record<string, string>>;
  readonly violations: readonly FieldViolation[];
  /** What happened with the values, one sentence, without the code in front. */
  readonly rawMessage: string;

  /**
   * @param reason - row of the error table this error belongs to.
   * @param message - what happened, with the values; no secret, no full stop.
   * @param options - what this one error adds.
   */
  constructor(reason: Reason, message: string, options: PlatformErrorOptions = {}) {
    super(`[${reason.code}] ${message}`, options.cause === undefined ? undefined : { cause: options.cause });
    Object.defineProperty(this, brand, { value: true });
    this.rawMessage = message;
    this.code = reason.code;
    this.reason = reason.name;
    this.executed = options.executed ?? reason.executed;
    this.retry = options.retry ?? (options.retryAfterMs === undefined ? reason.retry : 'after');
    this.retryAfterMs = this.retry === 'after' ? (options.retryAfterMs ?? reason.retryAfterMs ?? 1_000) : undefined;
    this.httpStatus = options.httpStatus ?? reason.httpStatus;
    this.metadata = options.metadata ?? {};
    this.violations = options.violations ?? [];
  }
}

/**
 * Tells whether a value is a {@link PlatformError}, and of this reason when one is given.
 *
 * @param reason - a reason or its name; absent means any.
 */
export function isPlatformError(value: unknown, reason?: Reason | string): value is PlatformError {
  if (typeof value !== 'object' || value === null || !(brand in value)) return false;
  if (reason === undefined) return true;
  return (value as unknown as PlatformError).reason === (typeof reason === 'string' ? reason : reason.name);
}

/**
 * Turns anything thrown into a {@link PlatformError}; total, never throws.
 *
 * Aborts become `CANCELED`, time-outs `DEADLINE_EXCEEDED`, everything else `INTERNAL` with the original as cause.
 * Packages with errors of their own (PostgreSQL, gRPC) translate those before they get here.
 */
export function toPlatformError(value: unknown): PlatformError {
  try {
    return convert(value);
  } catch {
    // Reading the value threw (a proxy, a throwing getter, no `toString`): the cause is kept for who can look at it.
    return new PlatformError(kernelReasons.INTERNAL, 'something was thrown that cannot be read', { cause: value });
  }
}

function convert(value: unknown): PlatformError {
  if (isPlatformError(value)) return value;
  const name = value instanceof Error ? value.name : undefined;
  if (name === 'TimeoutError') {
    return new PlatformError(kernelReasons.DEADLINE_EXCEEDED, 'the operation timed out', { cause: value });
  }
  if (name === 'AbortError') {
    const reason: unknown = (value as { cause?: unknown }).cause;
    if (isPlatformError(reason)) return reason;
    return new PlatformError(kernelReasons.CANCELED, 'the operation was aborted', { cause: value });
  }
  const message = value instanceof Error ? value.message : String(value);
  return new PlatformError(kernelReasons.INTERNAL, message, { cause: value });
}

/**
 * Refuses an option value with its name, the rule and the value received.
 *
 * @example
 * if (limit < 1) throw optionError('bulkhead.limit', 'an integer of at least 1', limit);
 */
export function optionError(name: string, rule: string, received: unknown): PlatformError {
  const shown = typeof received === 'string' ? JSON.stringify(received) : String(received);
  return new PlatformError(kernelReasons.OPTION_INVALID, `${name} must be ${rule}, got ${shown}`);
}
