import type { CallScope } from '../policy/call-scope.ts';
import type { Done, Stage } from '../policy/layer.ts';
import { LayerPolicy } from '../policy/layer-policy.ts';
import { CircuitMachine } from './circuit-machine.ts';
import type { CircuitBreaker, CircuitPermit, CircuitSnapshot, CircuitState, ForcedState } from './circuit-types.ts';
import type { ResolvedCircuitBreakerOptions } from './options.ts';
import { CircuitRun, Permit } from './permit.ts';

/** The circuit breaker as its users see it: a policy around the state machine. */
export class Circuit extends LayerPolicy implements CircuitBreaker {
  readonly #machine: CircuitMachine;

  constructor(options: ResolvedCircuitBreakerOptions) {
    super();
    this.#machine = new CircuitMachine(options);
  }

  get name(): string {
    return this.#machine.options.name;
  }

  get state(): CircuitState {
    return this.#machine.state;
  }

  get isForced(): boolean {
    return this.#machine.forced !== undefined;
  }

  /** Monotonic milliseconds of the last call that asked for leave, or of its making. */
  get lastUsedMs(): number {
    return this.#machine.lastUsedMs;
  }

  around(inner: Stage): Stage {
    return new CircuitStage(this.#machine, inner);
  }

  run<T>(call: () => Promise<T>): Promise<T> {
    return this.execute(() => call());
  }

  acquire(): CircuitPermit {
    return new Permit(this.#machine, this.#machine.options.clock.monotonicMs());
  }

  force(state: ForcedState): void {
    this.#machine.force(state);
  }

  snapshot(): CircuitSnapshot {
    return this.#machine.snapshot();
  }
}

class CircuitStage implements Stage {
  readonly #machine: CircuitMachine;
  readonly #inner: Stage;

  constructor(machine: CircuitMachine, inner: Stage) {
    this.#machine = machine;
    this.#inner = inner;
  }

  start(call: CallScope, done: Done): void {
    let run: CircuitRun;
    try {
      run = new CircuitRun(this.#machine, call.root.turnMs(this.#machine.options.clock), done);
    } catch (refusal) {
      done.fail(refusal);
      return;
    }
    this.#inner.start(call, run);
  }
}
