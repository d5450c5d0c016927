import { PlatformError } from '@mainstay/kernel';
import { resilienceReasons } from '../errors.ts';
import { Baseline } from './baseline.ts';
import { type CircuitMetrics, createCircuitMetrics } from './circuit-metrics.ts';
import type { CircuitSnapshot, CircuitState, ForcedState } from './circuit-types.ts';
import type { CallOutcome } from './classify.ts';
import { whyOpen } from './opening-rules.ts';
import type { ResolvedCircuitBreakerOptions } from './options.ts';
import { SlidingWindow } from './sliding-window.ts';

/** The state machine of a circuit breaker; every change of state begins a new generation of permits. */
export class CircuitMachine {
  readonly options: ResolvedCircuitBreakerOptions;
  readonly #window: SlidingWindow;
  readonly #metrics: CircuitMetrics;
  readonly #baseline: Baseline | undefined;
  /** Whether it matters when a call began: for slow calls and the baseline. */
  readonly needsTime: boolean;
  #state: CircuitState = 'closed';
  #forced: ForcedState;
  #generation = 0;
  #streak = 0;
  #openForMs = 0;
  #openUntilMs = 0;
  #reopenings = 0;
  #lastUsedMs: number;
  #probes = 0;
  #probeSuccesses = 0;
  #lastProbeMs = 0;
  #lastFailureAtMs: number | undefined;
  #why = '';

  constructor(options: ResolvedCircuitBreakerOptions) {
    this.options = options;
    this.#window = new SlidingWindow(options.windowMs);
    this.#baseline = options.baseline && new Baseline(options.baseline);
    this.needsTime = this.#baseline !== undefined || options.slowCallMs < Number.POSITIVE_INFINITY;
    this.#metrics = createCircuitMetrics(options.meter, options.metricsName ?? options.name);
    this.#lastUsedMs = options.clock.monotonicMs();
  }

  get state(): CircuitState {
    return this.#state;
  }

  get forced(): ForcedState {
    return this.#forced;
  }

  /** Monotonic milliseconds of the last call that asked for leave, or of its making. */
  get lastUsedMs(): number {
    return this.#lastUsedMs;
  }

  /**
   * Gives leave for a call.
   *
   * @returns the generation it belongs to.
   * @throws {@link PlatformError} `unavailable` / `CIRCUIT_OPEN`.
   */
  admit(nowMs: number): number {
    this.#lastUsedMs = nowMs;
    this.#window.moveTo(nowMs);
    if (this.#forced === 'open') this.#refuse(this.options.openMs, 'is held open by an operator');
    if (this.#state !== 'closed') this.#admitProbe(nowMs);
    return this.#generation;
  }

  #admitProbe(nowMs: number): void {
    if (this.#state === 'open') {
      const leftMs = this.#openUntilMs - nowMs;
      if (leftMs > 0) this.#refuse(leftMs, `is open for another ${Math.ceil(leftMs)} ms: ${this.#why}`);
      this.#moveTo('half_open', `${Math.ceil(this.#openForMs)} ms have passed`);
    }
    const { maxProbes, probeLimitMs } = this.options;
    if (this.#probes >= maxProbes) {
      if (nowMs - this.#lastProbeMs < probeLimitMs) {
        this.#refuse(undefined, `is half-open and its ${maxProbes} probes are running`);
      }
      this.#open(nowMs, `${maxProbes} probes did not end within ${probeLimitMs} ms`);
      this.#refuse(this.#openForMs, `is open for another ${Math.ceil(this.#openForMs)} ms: ${this.#why}`);
    }
    this.#probes += 1;
    this.#lastProbeMs = nowMs;
  }

  /** Called by permits, once each. */
  settle(outcome: CallOutcome, generation: number, startedMs: number): void {
    const isPlain = outcome === 'success' && generation === this.#generation && this.#state === 'closed';
    if (isPlain && !this.needsTime && !this.#window.hasTrouble) {
      // The usual call of a healthy dependency: counted at the time at which the last one began, no clock is read.
      this.#window.countGood();
      this.#streak = 0;
      this.#metrics.ended('success');
    } else this.#judge(outcome, generation, startedMs);
  }

  #judge(outcome: CallOutcome, generation: number, startedMs: number): void {
    const nowMs = this.options.clock.monotonicMs();
    const isSlow = outcome === 'success' && nowMs - startedMs > this.options.slowCallMs;
    this.#metrics.ended(isSlow ? 'slow' : outcome);
    if (generation !== this.#generation) return;
    // A slow probe is a failed one in any case: what was slow when the circuit opened has not recovered.
    const isProbe = this.#state === 'half_open';
    const isFailure = isSlow
      ? isProbe || this.options.slowCallRatio === Number.POSITIVE_INFINITY
      : outcome === 'failure';
    if (isFailure) this.#lastFailureAtMs = this.options.clock.nowMs();
    if (isProbe) this.#settleProbe(isFailure ? 'failure' : outcome, nowMs);
    else if (outcome !== 'neutral') this.#settleClosed(isFailure ? 'failed' : isSlow ? 'slow' : 'good', nowMs);
  }

  classify(error: unknown): CallOutcome {
    try {
      return this.options.classify(error);
    } catch {
      // The caller must see its own error, not the judge's; a circuit that opens too early is the smaller harm.
      return 'failure';
    }
  }

  #settleProbe(outcome: CallOutcome, nowMs: number): void {
    this.#probes -= 1;
    if (outcome === 'failure') this.#open(nowMs, 'a probe failed');
    if (outcome !== 'success') return;
    this.#probeSuccesses += 1;
    const { successesToClose } = this.options;
    if (this.#probeSuccesses >= successesToClose) this.#moveTo('closed', `${successesToClose} probes succeeded`);
  }

  #settleClosed(result: 'good' | 'failed' | 'slow', nowMs: number): void {
    const failed = result === 'failed';
    const window = this.#window;
    window.record(nowMs, result);
    this.#baseline?.record(nowMs, failed);
    this.#streak = failed ? this.#streak + 1 : 0;
    if (this.#forced !== undefined || !window.hasTrouble) return;
    const { calls, failures, slow } = window;
    const unusualRatio = this.#baseline?.unusualRatio ?? Number.POSITIVE_INFINITY;
    const why = whyOpen({ calls, failures, slow, streak: this.#streak, unusualRatio }, this.options);
    if (why !== undefined) this.#open(nowMs, why);
  }

  force(state: ForcedState): void {
    if (state === this.#forced) return;
    this.#forced = state;
    this.#moveTo(
      state === 'open' ? 'open' : 'closed',
      state === undefined ? 'released by an operator' : 'forced by an operator',
    );
  }

  snapshot(): CircuitSnapshot {
    const nowMs = this.options.clock.monotonicMs();
    this.#window.moveTo(nowMs);
    const { calls, failures, slow } = this.#window;
    const isTimed = this.#state === 'open' && this.#forced === undefined;
    return {
      name: this.options.name,
      state: this.#state,
      forced: this.#forced,
      calls,
      failures,
      slow,
      failuresInARow: this.#streak,
      probes: this.#state === 'half_open' ? this.#probes : 0,
      probeSuccesses: this.#probeSuccesses,
      opensForMs: isTimed ? Math.max(0, this.#openUntilMs - nowMs) : 0,
      lastFailureAtMs: this.#lastFailureAtMs,
    };
  }

  #open(nowMs: number, why: string): void {
    this.#reopenings = this.#state === 'half_open' ? this.#reopenings + 1 : 0;
    this.#openForMs = openingMs(this.#reopenings, this.options);
    this.#openUntilMs = nowMs + this.#openForMs;
    this.#baseline?.dropPeriod();
    this.#moveTo('open', why);
  }

  #moveTo(to: CircuitState, why: string): void {
    const from = this.#state;
    this.#state = to;
    this.#generation += 1;
    this.#why = why;
    this.#probes = 0;
    this.#probeSuccesses = 0;
    if (to === 'closed') {
      this.#window.clear();
      this.#streak = 0;
    }
    this.#metrics.changed(from, to);
    try {
      this.options.onChange?.({ circuit: this.options.name, from, to, why, atMs: this.options.clock.nowMs() });
    } catch {
      // A listener that throws must not turn a good call into a failed one.
    }
  }

  #refuse(retryAfterMs: number | undefined, what: string): never {
    this.#metrics.ended('refused');
    throw new PlatformError(resilienceReasons.CIRCUIT_OPEN, `circuit ${this.options.name} ${what}`, {
      metadata: { circuit: this.options.name },
      ...(retryAfterMs === undefined ? {} : { retryAfterMs: Math.max(1, Math.ceil(retryAfterMs)) }),
    });
  }
}

/** Doubles with every reopening up to the longest; the grown part is jittered so that processes do not probe in step. */
function openingMs(reopenings: number, { openMs, maxOpenMs, random }: ResolvedCircuitBreakerOptions): number {
  const grownMs = Math.min(maxOpenMs, openMs * 2 ** Math.min(reopenings, 30));
  return grownMs === openMs ? openMs : openMs + (grownMs - openMs) * (0.5 + random() / 2);
}
