import type { Policy } from '../policy/policy-types.ts';
import type { CallOutcome } from './classify.ts';

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
  /** Successes in the window that were too slow; 0 unless a share of them opens. */
  readonly slow: number;
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
export interface CircuitBreaker extends Policy {
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
