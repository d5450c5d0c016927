import assert from 'node:assert/strict';
import type { SagaDefinition, SagaRecord } from '../../src/index.ts';

/** What is true of one step in the world, and what the runner can know of it. */
interface StepTruth {
  /** The effect stands. */
  effect: boolean;
  /** The runner knows that it completed. */
  completed: boolean;
  /** A call was made whose end the runner does not know. */
  unclear: boolean;
  mayHaveBeenCalled: boolean;
  /** A person decided that it stays. */
  skipped: boolean;
}

/**
 * What a saga may do, told without looking at how the engine decides: only the calls that were made, what the runner was
 * told about them, and the effects that they really had.
 */
export class ReferenceModel {
  readonly #definition: SagaDefinition;
  readonly #steps: readonly StepTruth[];
  #isTurned = false;

  constructor(definition: SagaDefinition) {
    this.#definition = definition;
    this.#steps = definition.steps.map(() => ({
      effect: false,
      completed: false,
      unclear: false,
      mayHaveBeenCalled: false,
      skipped: false,
    }));
  }

  /** A call of the action: never after the saga turned round, never before the stages before it are done. */
  run(index: number): void {
    const { stage, retryUnknown, inquirable } = this.#definition.plan.steps[index]!;
    const step = this.#steps[index]!;
    assert(!this.#isTurned, 'a forward call after the saga turned round');
    assert(!step.completed, 'a completed step is called again');
    for (const [other, { completed }] of this.#steps.entries()) {
      if (this.#definition.plan.steps[other]!.stage < stage)
        assert(completed, 'a stage begins before the one before it ended');
    }
    if (step.unclear) {
      assert(!inquirable, 'a step whose end is unknown is repeated without asking');
      assert(retryUnknown || stage > this.#definition.plan.pivotStage, 'a careful step is repeated blindly');
    }
    step.mayHaveBeenCalled = true;
  }

  /** A question: only about an end that is unknown. */
  inquire(index: number): void {
    assert(!this.#isTurned && this.#steps[index]!.unclear, 'a question that nothing asks for');
  }

  /** A counter-call: only after the saga turned round, and the last steps first. */
  undo(index: number): void {
    const step = this.#steps[index]!;
    assert(this.#isTurned, 'a counter-call before the saga turned round');
    assert(step.mayHaveBeenCalled, 'a step that was surely never called is undone');
    this.#isTurned = true;
  }

  /** What the runner was told, and what really happened. */
  learned(
    index: number,
    what: { readonly effect?: boolean; readonly completed?: boolean; readonly unclear?: boolean },
  ): void {
    Object.assign(this.#steps[index]!, what, what.unclear === true && { mayHaveBeenCalled: true });
  }

  effectOf(index: number): boolean {
    return this.#steps[index]!.effect;
  }

  skip(index: number): void {
    this.#steps[index]!.skipped = true;
  }

  /** The saga was turned round: never behind the pivot, unless a person did it. */
  turned(byHand: boolean): void {
    this.#isTurned = true;
    const { plan } = this.#definition;
    const isBehindPivot = this.#steps.every(
      ({ completed }, index) => plan.steps[index]!.stage > plan.pivotStage || completed,
    );
    if (plan.pivotStage <= plan.steps.at(-1)!.stage && isBehindPivot) assert(byHand, 'turned round behind the pivot');
  }

  /** Ended whole: all done and kept, or all that ran undone. */
  ended(record: SagaRecord): void {
    assert(['completed', 'compensated'].includes(record.status), 'the saga did not end');
    assert.equal((record.state as { secret: unknown }).secret, null, 'a secret outlives the saga');
    assert.equal(record.status === 'compensated', this.#isTurned, 'turned round and completed');
    for (const [index, { effect, completed, skipped }] of this.#steps.entries()) {
      if (record.status === 'completed') assert(effect && completed, 'completed without an effect');
      else if (this.#definition.plan.steps[index]!.undoable && !skipped)
        assert(!effect, 'compensated with an effect left');
    }
  }
}
