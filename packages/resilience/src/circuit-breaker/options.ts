import { type Clock, type Meter, silentMeter, systemClock } from '@mainstay/kernel';
import { positive, shareAboveZero, wholeNumber } from '../check-number.ts';
import type { CircuitChange } from './circuit-types.ts';
import { type CallOutcome, classifyError } from './classify.ts';

/** Settings that decide when a circuit opens and closes. */
export interface CircuitSettings {
  /** Length of the rolling window in milliseconds, default 10,000. */
  readonly windowMs?: number;
  /** Calls in the window before it may open, default 20. */
  readonly minimumCalls?: number;
  /** Failures in a row that open, default 5; reaching the value counts. */
  readonly failureStreak?: number;
  /** Share of failures in the window that opens, default 0.5; reaching the value counts. */
  readonly failureRatio?: number;
  /** From opening to the first probe in milliseconds, default 60,000. */
  readonly openMs?: number;
  /** Probes at the same time while half-open, default 10. */
  readonly maxProbes?: number;
  /** Successful probes that close, default 3. */
  readonly successesToClose?: number;
  /** A success slower than this, in milliseconds, counts as a failure; default off. */
  readonly slowCallMs?: number;
  /** When all probes hang this long, in milliseconds, the circuit opens again; default 60,000. */
  readonly probeLimitMs?: number;
}

/** Options of `createCircuitBreaker`. */
export interface CircuitBreakerOptions extends CircuitSettings {
  /** What is protected, for example the service's name. */
  readonly name: string;
  /** Judges what a call threw, default {@link classifyError}; a judge that throws counts as a failure. */
  readonly classify?: (error: unknown) => CallOutcome;
  /** Told of each change of state, after it; what it throws is dropped. */
  readonly onChange?: (change: CircuitChange) => void;
  readonly clock?: Clock;
  readonly meter?: Meter;
}

/** Settings with all defaults filled in and checked. */
export type ResolvedCircuitSettings = Readonly<Required<Omit<CircuitSettings, 'slowCallMs'>>> & {
  /** `Infinity` when off. */
  readonly slowCallMs: number;
};

/** {@link CircuitBreakerOptions} with all defaults. */
export interface ResolvedCircuitBreakerOptions extends ResolvedCircuitSettings {
  readonly name: string;
  readonly classify: (error: unknown) => CallOutcome;
  readonly onChange: ((change: CircuitChange) => void) | undefined;
  readonly clock: Clock;
  readonly meter: Meter;
}

/** Fills in the defaults and refuses what lies outside its range, naming option, rule and value. */
export function resolveCircuitOptions(options: CircuitBreakerOptions): ResolvedCircuitBreakerOptions {
  const at = `circuit ${options.name}`;
  return {
    name: options.name,
    windowMs: positive(`${at} windowMs`, options.windowMs ?? 10_000),
    minimumCalls: wholeNumber(`${at} minimumCalls`, options.minimumCalls ?? 20, 1),
    failureStreak: wholeNumber(`${at} failureStreak`, options.failureStreak ?? 5, 1),
    failureRatio: shareAboveZero(`${at} failureRatio`, options.failureRatio ?? 0.5),
    openMs: positive(`${at} openMs`, options.openMs ?? 60_000),
    maxProbes: wholeNumber(`${at} maxProbes`, options.maxProbes ?? 10, 1),
    successesToClose: wholeNumber(`${at} successesToClose`, options.successesToClose ?? 3, 1),
    probeLimitMs: positive(`${at} probeLimitMs`, options.probeLimitMs ?? 60_000),
    slowCallMs:
      options.slowCallMs === undefined ? Number.POSITIVE_INFINITY : positive(`${at} slowCallMs`, options.slowCallMs),
    classify: options.classify ?? classifyError,
    onChange: options.onChange,
    clock: options.clock ?? systemClock,
    meter: options.meter ?? silentMeter,
  };
}
