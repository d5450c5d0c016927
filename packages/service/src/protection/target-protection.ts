import type { Clock } from '@mainstay/kernel';
import type { CircuitBreaker, CircuitBreakers } from '@mainstay/resilience';
import type { ProtectedCall, ProtectedRun, TargetProtectionOptions } from './protected-call.ts';
import { ProtectionLayers, type ProtectionSnapshot } from './protection-layers.ts';
import type { ProtectionPolicy } from './protection-policy.ts';

/**
 * What stands between a caller and one service: circuits, bulkheads, concurrency limits and adaptive time-outs.
 *
 * Order, outermost first: concurrency limit, circuit, time-out, bulkhead. It sees calls with all their repeats, after the
 * resolver left out what cannot be reached and the balancer ejected what fails.
 */
export class TargetProtection {
  readonly clock: Clock;
  readonly #options: TargetProtectionOptions;
  #policy: ProtectionPolicy;
  #layers: ProtectionLayers;

  constructor(options: TargetProtectionOptions) {
    this.clock = options.clock;
    this.#options = options;
    this.#policy = options.policy;
    this.#layers = new ProtectionLayers(options);
  }

  /** The circuits in force; ask each time. */
  get circuits(): CircuitBreakers {
    return {
      get: (key) => this.#layers.circuit(key),
      all: () => this.#layers.circuits?.all() ?? [],
    };
  }

  /** Makes a call with one answer. */
  execute<T>(run: ProtectedRun<T>, call: ProtectedCall): Promise<T> {
    return this.#layers.execute(run, call);
  }

  /** Begins a stream by the circuit alone: a stream holds no place while it lasts. */
  open<T>(run: () => Promise<T>, call: ProtectedCall): Promise<T> {
    const circuit = this.#layers.circuitFor(call);
    return circuit === undefined ? run() : circuit.execute(run, call);
  }

  /**
   * Puts another policy in force between two calls; those under way end by the old one.
   *
   * Circuits begin closed with fresh counts, but for those that an operator holds.
   *
   * @returns whether it is another policy.
   */
  configure(policy: ProtectionPolicy): boolean {
    if (JSON.stringify(policy) === JSON.stringify(this.#policy)) return false;
    const held = (this.#layers.circuits?.all() ?? []).filter(isHeld);
    this.#policy = policy;
    this.#layers = new ProtectionLayers({ ...this.#options, policy });
    for (const { name, forced } of held.map((circuit) => circuit.snapshot())) {
      this.#layers.circuits?.get(name).force(forced);
    }
    return true;
  }

  snapshot(): ProtectionSnapshot {
    return this.#layers.snapshot();
  }
}

function isHeld(circuit: CircuitBreaker): boolean {
  return circuit.snapshot().forced !== undefined;
}
