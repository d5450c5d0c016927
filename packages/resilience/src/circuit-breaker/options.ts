import { type Clock, type Meter, optionError, silentMeter, systemClock } from '@mainstay/kernel';
import { positive, shareAboveZero, wholeNumber } from '../check-number.ts';
import type { BaselineSettings } from './baseline.ts';
import type { CircuitChange } from './circuit-types.ts';
import { type CallOutcome, classifyError } from './classify.ts';

/** What a circuit compares the share of failures with, besides fixed limits: what is usual for this dependency. */
export interface AdaptiveSettings {
  /** Standard deviations above the average that are still usual, default 2. */
  readonly deviations?: number;
  /** Windows that the memory reaches back, default 30. */
  readonly memoryWindows?: number;
  /** A share of failures below this never opens, default 0.05. */
  readonly minimumRatio?: number;
}

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
  /** A success slower than this, in milliseconds, is slow and counts as a failure; default off. */
  readonly slowCallMs?: number;
  /** With it, slow successes are no failures: this share of them in the window opens. Needs `slowCallMs`. */
  readonly slowCallRatio?: number;
  /** Opens also on a share of failures that is unusual for this dependency; default off. */
  readonly adaptive?: AdaptiveSettings | undefined;
  /** Each opening that follows a failed probe lasts twice as long, with jitter, up to this; default `openMs`, no growth. */
  readonly maxOpenMs?: number;
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
  /** From 0 to below 1, for the jitter of growing openings; default `Math.random`. */
  readonly random?: () => number;
}

/** Settings with all defaults filled in and checked. */
export type ResolvedCircuitSettings = Readonly<
  Required<Omit<CircuitSettings, 'slowCallMs' | 'slowCallRatio' | 'adaptive'>>
> & {
  /** `Infinity` when off. */
  readonly slowCallMs: number;
  /** `Infinity` when off. */
  readonly slowCallRatio: number;
  readonly baseline: BaselineSettings | undefined;
};

/** {@link CircuitBreakerOptions} with all defaults. */
export interface ResolvedCircuitBreakerOptions extends ResolvedCircuitSettings {
  readonly name: string;
  /** Name in the metrics where many circuits share one; ends in `/*` and has no gauge of its state. Default the name. */
  readonly metricsName?: string;
  readonly classify: (error: unknown) => CallOutcome;
  readonly onChange: ((change: CircuitChange) => void) | undefined;
  readonly clock: Clock;
  readonly meter: Meter;
  readonly random: () => number;
}

/** Fills in the defaults and refuses what lies outside its range, naming option, rule and value. */
export function resolveCircuitOptions(options: CircuitBreakerOptions): ResolvedCircuitBreakerOptions {
  const at = `circuit ${options.name}`;
  const windowMs = positive(`${at} windowMs`, options.windowMs ?? 10_000);
  const minimumCalls = wholeNumber(`${at} minimumCalls`, options.minimumCalls ?? 20, 1);
  const openMs = positive(`${at} openMs`, options.openMs ?? 60_000);
  const maxOpenMs = options.maxOpenMs ?? openMs;
  if (!(maxOpenMs >= openMs)) throw optionError(`${at} maxOpenMs`, `a number of at least openMs ${openMs}`, maxOpenMs);
  const { slowCallRatio, slowCallMs, adaptive } = options;
  if (slowCallRatio !== undefined && slowCallMs === undefined) {
    throw optionError(`${at} slowCallMs`, 'given together with slowCallRatio', slowCallMs);
  }
  return {
    name: options.name,
    windowMs,
    minimumCalls,
    failureStreak: wholeNumber(`${at} failureStreak`, options.failureStreak ?? 5, 1),
    failureRatio: shareAboveZero(`${at} failureRatio`, options.failureRatio ?? 0.5),
    openMs,
    maxOpenMs,
    maxProbes: wholeNumber(`${at} maxProbes`, options.maxProbes ?? 10, 1),
    successesToClose: wholeNumber(`${at} successesToClose`, options.successesToClose ?? 3, 1),
    probeLimitMs: positive(`${at} probeLimitMs`, options.probeLimitMs ?? 60_000),
    slowCallMs: slowCallMs === undefined ? Number.POSITIVE_INFINITY : positive(`${at} slowCallMs`, slowCallMs),
    slowCallRatio:
      slowCallRatio === undefined ? Number.POSITIVE_INFINITY : shareAboveZero(`${at} slowCallRatio`, slowCallRatio),
    baseline: adaptive && {
      periodMs: windowMs,
      minimumCalls,
      memoryPeriods: wholeNumber(`${at} adaptive.memoryWindows`, adaptive.memoryWindows ?? 30, 1),
      deviations: positive(`${at} adaptive.deviations`, adaptive.deviations ?? 2),
      minimumRatio: shareAboveZero(`${at} adaptive.minimumRatio`, adaptive.minimumRatio ?? 0.05),
    },
    classify: options.classify ?? classifyError,
    onChange: options.onChange,
    clock: options.clock ?? systemClock,
    meter: options.meter ?? silentMeter,
    random: options.random ?? Math.random,
  };
}
