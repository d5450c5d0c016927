import { PlatformError } from '@mainstay/kernel';
import { resilienceReasons } from '../errors.ts';
import { type CircuitMetrics, createCircuitMetrics } from './circuit-metrics.ts';
import type { CallOutcome } from './classify.ts';
import { type CircuitBreakerOptions, type ResolvedCircuitBreakerOptions, resolveCircuitOptions } from './options.ts';
import { createSlidingWindow, type SlidingWindow } from './sliding-window.ts';

/** `closed` passes all, `open` refuses all, `half_open` passes a few probes. */
export type CircuitState = 'closed' | 'open' | 'half_open';

/** A state that an operator imposed; `undefined` is the circuit's own judgment. */
export type ForcedState = 'open' | 'closed' | undefined;

/** One change of state, told after it happened. */
export interface CircuitChange {
  readonly circuit: string;
  readonly from: CircuitState;
  readonly to: CircuitState;
  /** What led to it, with the numbers. */
  readonly why: string;
  /** Wall-clock milliseconds. */
  readonly atMs: number;
}

/** Figures of a circuit at one moment. */
export interface CircuitSnapshot {
  readonly name: string;
  readonly state: CircuitState;
  readonly forced: ForcedState;
  /** Calls and failures in the current window; neutral ends are not in it. */
  readonly calls: number;
  readonly failures: number;
  readonly failuresInARow: number;
  /** Probes running now, and those that succeeded since the circuit became half-open. */
  readonly probes: number;
  readonly probeSuccesses: number;
  /** Milliseconds until the next probe is let through; 0 unless open. */
  readonly opensForMs: number;
  /** Wall-clock milliseconds of the last failure, if any. */
  readonly lastFailureAtMs: number | undefined;
}

/**
 * Leave to make one call. It must be ended once, in whatever way the call ended; later endings do nothing.
 *
 * A permit knows the state it was given in: when the circuit has changed since, its end changes nothing.
 */
export interface CircuitPermit {
  end(outcome: CallOutcome): void;
  /** Ends with what `classify` says about a thrown value. */
  endWithError(error: unknown): void;
}

/** A circuit breaker around one dependency. */
export interface CircuitBreaker {
  readonly name: string;
  readonly state: CircuitState;
  /** Calls the function unless refused, and passes its result or error on unchanged. */
  run<T>(call: () => Promise<T>): Promise<T>;
  /** Asks leave for a call that does not fit into a function. */
  acquire(): CircuitPermit;
  /** Imposes a state until called with `undefined`, which closes the circuit with fresh counts. */
  force(state: ForcedState): void;
  snapshot(): CircuitSnapshot;
}

/**
 * Makes a circuit breaker: refuses calls to something that keeps failing, and finds out by itself when it works again.
 *
 * States: `closed` → `open` when the window holds at least `minimumCalls` and either `failureStreak` in a row or
 * `failureRatio` is reached. `open` → `half_open` at the first call after `openMs`. `half_open` → `closed` after
 * `successesToClose` successes, → `open` at the first failure, or when all probes hang for `probeLimitMs`.
 *
 * Cost: one small object a call, no timer.
 *
 * @throws {@link PlatformError} `invalid_argument` / `OPTION_INVALID` for an option outside its range; `run` and `acquire`
 * throw `unavailable` / `CIRCUIT_OPEN`, executed: no, retry after the time left.
 * @example
 * const circuit = createCircuitBreaker({ name: 'payments' });
 * const payment = await circuit.run(() => payments.getPayment(request));
 */
export function createCircuitBreaker(options: CircuitBreakerOptions): CircuitBreaker {
  return new Circuit(resolveCircuitOptions(options));
}

class Circuit implements CircuitBreaker {
  readonly #options: ResolvedCircuitBreakerOptions;
  readonly #window: SlidingWindow;
  readonly #metrics: CircuitMetrics;
  #state: CircuitState = 'closed';
  #forced: ForcedState;
  #generation = 0;
  #streak = 0;
  #openUntilMs = 0;
  #probes = 0;
  #probeSuccesses = 0;
  #lastProbeMs = 0;
  #lastFailureAtMs: number | undefined;
  #why = '';

  constructor(options: ResolvedCircuitBreakerOptions) {
    this.#options = options;
    this.#window = createSlidingWindow(options.windowMs);
    this.#metrics = createCircuitMetrics(options.meter, options.name);
  }

  get name(): string {
    return this.#options.name;
  }

  get state(): CircuitState {
    return this.#state;
  }

  async run<T>(call: () => Promise<T>): Promise<T> {
    const permit = this.acquire();
    try {
      const result = await call();
      permit.end('success');
      return result;
    } catch (error) {
      permit.endWithError(error);
      throw error;
    }
  }

  acquire(): CircuitPermit {
    const nowMs = this.#options.clock.monotonicMs();
    if (this.#forced === undefined) this.#admit(nowMs);
    else if (this.#forced === 'open') this.#refuse(this.#options.openMs, 'is held open by an operator');
    return new Permit(this, this.#generation, nowMs);
  }

  #admit(nowMs: number): void {
    if (this.#state === 'open') {
      const leftMs = this.#openUntilMs - nowMs;
      if (leftMs > 0) this.#refuse(leftMs, `is open for another ${Math.ceil(leftMs)} ms: ${this.#why}`);
      this.#moveTo('half_open', `${this.#options.openMs} ms have passed`);
    }
    if (this.#state !== 'half_open') return;
    const { maxProbes, probeLimitMs, openMs } = this.#options;
    if (this.#probes >= maxProbes) {
      if (nowMs - this.#lastProbeMs < probeLimitMs) {
        this.#refuse(undefined, `is half-open and its ${maxProbes} probes are running`);
      }
      this.#open(nowMs, `${maxProbes} probes did not end within ${probeLimitMs} ms`);
      this.#refuse(openMs, `is open for another ${openMs} ms: ${this.#why}`);
    }
    this.#probes += 1;
    this.#lastProbeMs = nowMs;
  }

  /** Called by permits, once each. */
  settle(outcome: CallOutcome, generation: number, startedMs: number): void {
    const nowMs = this.#options.clock.monotonicMs();
    const isSlow = outcome === 'success' && nowMs - startedMs > this.#options.slowCallMs;
    const judged = isSlow ? 'failure' : outcome;
    this.#metrics.ended(isSlow ? 'slow' : judged);
    if (generation !== this.#generation) return;
    if (judged === 'failure') this.#lastFailureAtMs = this.#options.clock.nowMs();
    if (this.#state === 'half_open') this.#settleProbe(judged, nowMs);
    else if (judged !== 'neutral') this.#settleClosed(judged, nowMs);
  }

  classify(error: unknown): CallOutcome {
    try {
      return this.#options.classify(error);
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
    const { successesToClose } = this.#options;
    if (this.#probeSuccesses >= successesToClose) this.#moveTo('closed', `${successesToClose} probes succeeded`);
  }

  #settleClosed(outcome: 'success' | 'failure', nowMs: number): void {
    const failed = outcome === 'failure';
    this.#window.record(nowMs, failed);
    this.#streak = failed ? this.#streak + 1 : 0;
    if (this.#forced !== undefined) return;
    const { minimumCalls, failureStreak, failureRatio, windowMs } = this.#options;
    const { calls, failures } = this.#window.totals(nowMs);
    if (calls < minimumCalls) return;
    if (this.#streak >= failureStreak) this.#open(nowMs, `${this.#streak} failures in a row`);
    else if (failures / calls >= failureRatio) {
      this.#open(nowMs, `${failures} of ${calls} calls failed within ${windowMs} ms`);
    }
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
    const nowMs = this.#options.clock.monotonicMs();
    const { calls, failures } = this.#window.totals(nowMs);
    const isTimed = this.#state === 'open' && this.#forced === undefined;
    return {
      name: this.name,
      state: this.#state,
      forced: this.#forced,
      calls,
      failures,
      failuresInARow: this.#streak,
      probes: this.#state === 'half_open' ? this.#probes : 0,
      probeSuccesses: this.#probeSuccesses,
      opensForMs: isTimed ? Math.max(0, this.#openUntilMs - nowMs) : 0,
      lastFailureAtMs: this.#lastFailureAtMs,
    };
  }

  #open(nowMs: number, why: string): void {
    this.#openUntilMs = nowMs + this.#options.openMs;
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
      this.#options.onChange?.({ circuit: this.name, from, to, why, atMs: this.#options.clock.nowMs() });
    } catch {
      // A listener that throws must not turn a good call into a failed one.
    }
  }

  #refuse(retryAfterMs: number | undefined, what: string): never {
    this.#metrics.ended('refused');
    throw new PlatformError(resilienceReasons.CIRCUIT_OPEN, `circuit ${this.name} ${what}`, {
      metadata: { circuit: this.name },
      ...(retryAfterMs === undefined ? {} : { retryAfterMs: Math.max(1, Math.ceil(retryAfterMs)) }),
    });
  }
}

class Permit implements CircuitPermit {
  readonly #circuit: Circuit;
  readonly #generation: number;
  readonly #startedMs: number;
  #ended = false;

  constructor(circuit: Circuit, generation: number, startedMs: number) {
    this.#circuit = circuit;
    this.#generation = generation;
    this.#startedMs = startedMs;
  }

  end(outcome: CallOutcome): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#circuit.settle(outcome, this.#generation, this.#startedMs);
  }

  endWithError(error: unknown): void {
    if (!this.#ended) this.end(this.#circuit.classify(error));
  }
}
