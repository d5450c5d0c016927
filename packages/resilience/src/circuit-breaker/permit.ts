import type { CircuitMachine } from './circuit-machine.ts';
import type { CircuitPermit } from './circuit-types.ts';
import type { CallOutcome } from './classify.ts';

/** Leave for one call, as it was given at one moment. */
export class Permit implements CircuitPermit {
  readonly #machine: CircuitMachine;
  readonly #startedMs: number;
  /** Of the machine when this was given; -1 once it ended. */
  #generation: number;

  constructor(machine: CircuitMachine, startedMs: number) {
    this.#generation = machine.admit(startedMs);
    this.#machine = machine;
    this.#startedMs = machine.needsTime ? startedMs : 0;
  }

  end(outcome: CallOutcome): void {
    const generation = this.#generation;
    if (generation < 0) return;
    this.#generation = -1;
    this.#machine.settle(outcome, generation, this.#startedMs);
  }

  endWithError(error: unknown): void {
    if (this.#generation >= 0) this.end(this.#machine.classify(error));
  }
}
