import type { Deadline } from '@mainstay/kernel';
import type { Transaction } from '@mainstay/postgres';
import type { Attempt } from '../core/decide.ts';
import type { ReceivedEvent, SagaReason, StepRecord } from '../core/record.ts';
import { stepKey, undoKey } from '../keys.ts';
import type { StepContext } from '../saga-options.ts';
import type { HeldSaga } from './held-saga.ts';

/** Local writes that a step wants in the transaction of its checkpoint. */
export type LocalWrite = (tx: Transaction) => Promise<void>;

/** What one attempt is given, made when it is looked at: most steps look at little of it. */
export class AttemptContext implements StepContext {
  readonly sagaId: string;
  readonly subject: string;
  readonly step: string;
  readonly attempt: number;
  readonly deadline: Deadline;
  readonly reason: SagaReason | null;
  readonly event: ReceivedEvent | null;
  readonly #isUndo: boolean;
  readonly #onAbort: (reason: unknown) => void;
  #writes: LocalWrite[] | undefined;
  #controller: AbortController | undefined;
  #abortReason: unknown;

  constructor(held: HeldSaga, attempt: Attempt & { readonly deadline: Deadline }, onAbort: (reason: unknown) => void) {
    const { record } = held;
    const step = record.steps[attempt.stepIndex]!;
    const gate = held.definition.plan.steps[attempt.stepIndex]?.gate;
    this.sagaId = record.id;
    this.subject = record.subject;
    this.step = step.name;
    this.deadline = attempt.deadline;
    this.attempt = attemptNumber(step, attempt.kind);
    this.reason = record.reason;
    this.event = gate?.on === 'event' ? (record.inbox.find(({ event }) => event === gate.event) ?? null) : null;
    this.#isUndo = attempt.kind === 'undo';
    this.#onAbort = onAbort;
  }

  get idempotencyKey(): string {
    const saga = { id: this.sagaId, subject: this.subject };
    return this.#isUndo ? undoKey(saga, this.step) : stepKey(saga, this.step);
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#abortReason !== undefined) this.#controller.abort(this.#abortReason);
    }
    return this.#controller.signal;
  }

  get commit(): StepContext['commit'] {
    return (write) => {
      this.#writes ??= [];
      this.#writes.push(write);
    };
  }

  get writes(): readonly LocalWrite[] {
    return this.#writes ?? [];
  }

  abort(reason: unknown): void {
    if (this.#abortReason !== undefined) return;
    this.#abortReason = reason;
    this.#controller?.abort(reason);
    this.#onAbort(reason);
  }
}

function attemptNumber(step: StepRecord, kind: Attempt['kind']): number {
  return kind === 'undo' ? (step.undo?.attempts ?? 0) + 1 : step.attempts;
}
