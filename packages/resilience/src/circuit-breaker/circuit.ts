import type { CallScope } from '../policy/call-scope.ts';
import { ScopeStage, Stage } from '../policy/layer.ts';
import { LayerPolicy } from '../policy/layer-policy.ts';
import { ranOut } from '../policy/ran-out.ts';
import { CircuitMachine } from './circuit-machine.ts';
import type { CircuitBreaker, CircuitPermit, CircuitSnapshot, CircuitState, ForcedState } from './circuit-types.ts';
import type { ResolvedCircuitBreakerOptions } from './options.ts';
import { Permit } from './permit.ts';

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

  stages(outside: readonly Stage[]): readonly Stage[] {
    const own = new CircuitStage(this.#machine);
    return outside.some((stage) => stage instanceof CircuitStage) ? [new ScopeStage(), own] : [own];
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

/** Keeps the leave of a call in the scope of the call. */
class CircuitStage extends Stage {
  readonly #machine: CircuitMachine;

  constructor(machine: CircuitMachine) {
    super();
    this.#machine = machine;
  }

  override start(call: CallScope): void {
    const machine = this.#machine;
    try {
      const nowMs = call.root.turnMs(machine.options.clock);
      call.generation = machine.admit(nowMs);
      if (machine.needsTime) call.admittedMs = nowMs;
    } catch (refusal) {
      this.outer.fail(call, refusal);
      return;
    }
    this.inner.start(call);
  }

  override succeed(call: CallScope, value: unknown): void {
    this.#machine.settle('success', call.generation, call.admittedMs);
    this.outer.succeed(call, value);
  }

  override fail(call: CallScope, error: unknown): void {
    const outcome = ranOut(error, call.root.facts) ? 'neutral' : this.#machine.classify(error);
    this.#machine.settle(outcome, call.generation, call.admittedMs);
    this.outer.fail(call, error);
  }
}
