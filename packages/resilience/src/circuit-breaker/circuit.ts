import { PlatformError } from '@mainstay/kernel';
import { resilienceReasons } from '../errors.ts';
import { type CircuitMetrics, createCircuitMetrics } from './circuit-metrics.ts';
import type { CircuitBreaker, CircuitPermit, CircuitSnapshot, CircuitState, ForcedState } from './circuit-types.ts';
import type { CallOutcome } from './classify.ts';
import type { ResolvedCircuitBreakerOptions } from './options.ts';
import { createSlidingWindow, type SlidingWindow } from './sliding-window.ts';

/** The state machine behind `createCircuitBreaker`; every change of state begins a new generation of permits. */
export class Circuit implements CircuitBreaker {
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
