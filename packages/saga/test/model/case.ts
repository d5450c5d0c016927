import { PlatformError } from '@mainstay/kernel';
import { newRecord } from '../../src/core/apply.ts';
import { decideNext } from '../../src/core/decide.ts';
import { stepFailure, undoFailure } from '../../src/core/outcome.ts';
import type { SagaPlan } from '../../src/core/plan.ts';
import type { SagaRecord } from '../../src/core/record.ts';
import { settle } from '../../src/core/settle.ts';
import type { Transition } from '../../src/core/transition.ts';
import { defineSaga } from '../../src/definition.ts';
import { sagaReasons } from '../../src/errors.ts';
import type { SagaOptions, SagaStep } from '../../src/saga-options.ts';

export type State = { secret: string | null };

export const step = (name: string, undoable = true, more: Partial<SagaStep<State>> = {}): SagaStep<State> => ({
  name,
  run: async () => undefined,
  ...(undoable && { compensate: async () => undefined }),
  ...more,
});

export const failure = (
  options: { executed?: 'no' | 'maybe' | 'yes'; retry?: 'never' | 'now'; retryAfterMs?: number } = {},
) =>
  new PlatformError(sagaReasons.SAGA_STATE_INVALID, 'it failed', {
    executed: 'no',
    ...(options.retryAfterMs === undefined && { retry: 'now' }),
    ...options,
  });

/** A saga that is moved by hand, at 1,000 ms unless said otherwise. */
export class Case {
  readonly plan: SagaPlan;
  record: SagaRecord;

  constructor(changes: Partial<SagaOptions<State>> = {}) {
    const saga = defineSaga<State>({
      name: 'test',
      steps: [step('look', false), step('hold'), step('pay'), step('close')],
      timeLimitMs: 60_000,
      forwardSecrets: ['secret'],
      ...changes,
    });
    this.plan = saga.plan;
    const { name, version, stages } = saga;
    const given = { id: 'sg_1', subject: 'o_1', state: { secret: 's' }, secrets: ['secret'] };
    this.record = newRecord({ ...given, name, version, stages, parent: null, traceparent: null, createdAtMs: 1_000 });
  }

  after(facts: readonly Transition[], nowMs = 1_000): this {
    this.record = settle(this.record, this.plan, { facts, nowMs }).record;
    return this;
  }

  done(...names: readonly string[]): this {
    return this.after(names.map((name) => ({ kind: 'step_completed', step: name })));
  }

  fails(stepIndex: number, error: PlatformError, nowMs = 2_000): this {
    return this.after([stepFailure(this.record, this.plan, { stepIndex, error, nowMs, random: 1 })], nowMs);
  }

  undoFails(stepIndex: number, error: PlatformError): this {
    return this.after([undoFailure(this.record, this.plan, { stepIndex, error, nowMs: 2_000, random: 1 })], 2_000);
  }

  next(nowMs = 2_000) {
    return decideNext(this.record, this.plan, { nowMs });
  }

  get undos() {
    return this.record.steps.map(({ undo }) => undo?.status);
  }
}

export const run = (...indexes: readonly number[]) => ({
  act: 'attempt',
  attempts: indexes.map((stepIndex) => ({ kind: 'run', stepIndex })),
});
export const undo = (stepIndex: number) => ({ act: 'attempt', attempts: [{ kind: 'undo', stepIndex }] });
