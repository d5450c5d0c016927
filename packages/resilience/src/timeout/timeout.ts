import {
  type Alarms,
  alarmsOf,
  type Clock,
  type Deadline,
  deadlineDueAtMs,
  kernelReasons,
  optionError,
  PlatformError,
  remainingMs,
  systemClock,
} from '@mainstay/kernel';
import { positive } from '../check-number.ts';
import { LatencyEstimate } from '../latency/latency-estimate.ts';
import type { CallScope } from '../policy/call-scope.ts';
import { Stage } from '../policy/layer.ts';
import { LayerPolicy } from '../policy/layer-policy.ts';
import { type PolicyListener, tell } from '../policy/policy-events.ts';
import type { Policy } from '../policy/policy-types.ts';
import {
  type AdaptiveLimit,
  type AdaptiveLimitOptions,
  adaptiveLimitMs,
  resolveAdaptiveLimit,
} from './adaptive-limit.ts';
import { TimeoutRun, type TimeoutRunOwner } from './timeout-run.ts';

/** Options of {@link createTimeout}. */
export interface TimeoutOptions {
  /** What is limited, for messages. */
  readonly name: string;
  /** Longest time of one call in milliseconds; with `adaptive` the limit until enough calls are known. */
  readonly limitMs: number;
  /** Follows the observed durations instead of standing still; default off. */
  readonly adaptive?: AdaptiveLimitOptions;
  /** A call whose deadline leaves no more than this, in milliseconds, is refused at once; default 0. */
  readonly minimumLeftMs?: number;
  /** Events: `timed_out`, `refused`. */
  readonly onEvent?: PolicyListener;
  readonly clock?: Clock;
}

/** Figures of a time-out at one moment. */
export interface TimeoutSnapshot {
  readonly name: string;
  /** The limit of a call that began now, without a deadline. */
  readonly limitMs: number;
  readonly timedOut: number;
  readonly refused: number;
}

/** A limit on the time of a call. */
export interface Timeout extends Policy {
  snapshot(): TimeoutSnapshot;
}

/**
 * Makes a time-out: ends a call at its limit or at its deadline, whichever is earlier, and aborts its signal.
 *
 * The caller is told at the limit, also when the function does not listen to the signal. What lies inside goes on
 * until it ends: a bulkhead inside keeps the place taken. The limit is never met early.
 *
 * Cost: one timer for all calls; an AbortController only when the function asks for the signal.
 *
 * @throws {@link PlatformError} from `execute`: `deadline_exceeded` / `DEADLINE_EXCEEDED`, executed: `no` when the function
 * was not called yet, else `maybe`.
 * @example
 * const limit = createTimeout({ name: 'reviews', limitMs: 300 });
 * const response = await limit.execute(({ signal }) => fetch('http://localhost/', { signal }));
 */
export function createTimeout(options: TimeoutOptions): Timeout {
  return new TimeoutLayer(options);
}

class TimeoutLayer extends LayerPolicy implements Timeout, TimeoutRunOwner {
  readonly clock: Clock;
  readonly alarms: Alarms;
  readonly estimate: LatencyEstimate | undefined;
  readonly #name: string;
  readonly #limitMs: number;
  readonly #adaptive: AdaptiveLimit | undefined;
  readonly #minimumLeftMs: number;
  readonly #onEvent: PolicyListener | undefined;
  #timedOut = 0;
  #refused = 0;

  constructor(options: TimeoutOptions) {
    super();
    const { name, adaptive, minimumLeftMs = 0 } = options;
    const at = `timeout ${name}`;
    if (!(minimumLeftMs >= 0)) throw optionError(`${at} minimumLeftMs`, 'a number of at least 0', minimumLeftMs);
    this.#name = name;
    this.clock = options.clock ?? systemClock;
    this.#limitMs = positive(`${at} limitMs`, options.limitMs);
    this.#adaptive = adaptive && resolveAdaptiveLimit(at, adaptive);
    this.estimate = this.#adaptive && new LatencyEstimate(this.#adaptive);
    this.#minimumLeftMs = minimumLeftMs;
    this.#onEvent = options.onEvent;
    this.alarms = alarmsOf(this.clock);
  }

  stages(): readonly Stage[] {
    return [new TimeoutStage(this)];
  }

  /** Time that a call with this deadline may take from now on; undefined when it is refused. */
  limitFor(deadline: Deadline | undefined, nowMs: number): number | undefined {
    const limitMs = this.#limitNowMs();
    if (deadline === undefined) return limitMs;
    const leftMs = deadlineDueAtMs(deadline, this.clock) - nowMs;
    return leftMs > this.#minimumLeftMs ? Math.min(limitMs, leftMs) : undefined;
  }

  exceeded(limitMs: number, executed: 'no' | 'maybe'): PlatformError {
    this.#timedOut += 1;
    const facts = { limitMs: Math.round(limitMs), executed };
    tell(this.#onEvent, { policy: 'timeout', name: this.#name, event: 'timed_out', facts });
    const message = `${this.#name} took longer than ${facts.limitMs} ms`;
    return new PlatformError(kernelReasons.DEADLINE_EXCEEDED, message, { executed });
  }

  snapshot(): TimeoutSnapshot {
    return { name: this.#name, limitMs: this.#limitNowMs(), timedOut: this.#timedOut, refused: this.#refused };
  }

  #limitNowMs(): number {
    if (this.#adaptive === undefined || this.estimate === undefined) return this.#limitMs;
    return adaptiveLimitMs(this.estimate.quantile(this.#adaptive.quantile), this.#adaptive) ?? this.#limitMs;
  }

  /** Counts a call that was not begun, and gives its error. */
  refused(deadline: Deadline | undefined): PlatformError {
    this.#refused += 1;
    const leftMs = remainingMs(deadline, this.clock);
    const facts = { leftMs: Math.round(leftMs) };
    tell(this.#onEvent, { policy: 'timeout', name: this.#name, event: 'refused', facts });
    const message = `${this.#name} was not begun, its deadline leaves ${facts.leftMs} ms`;
    return new PlatformError(kernelReasons.DEADLINE_EXCEEDED, message, { executed: 'no' });
  }
}

class TimeoutStage extends Stage<TimeoutRun> {
  readonly #layer: TimeoutLayer;

  constructor(layer: TimeoutLayer) {
    super();
    this.#layer = layer;
  }

  override start(call: CallScope): void {
    const layer = this.#layer;
    const { deadline, root } = call;
    const nowMs = root.turnMs(layer.clock);
    const limitMs = layer.limitFor(deadline, nowMs);
    if (limitMs === undefined) {
      this.outer.fail(call, layer.refused(deadline));
      return;
    }
    root.keepContext();
    const run = new TimeoutRun(layer, this.outer, call);
    run.begin(nowMs, limitMs);
    this.inner.start(run);
  }

  override succeed(run: TimeoutRun, value: unknown): void {
    if (!run.end()) return;
    run.recordDuration();
    this.outer.succeed(run.parent, value);
  }

  override fail(run: TimeoutRun, error: unknown): void {
    if (run.end()) this.outer.fail(run.parent, error);
  }
}
