import type { SagaRecord } from '../core/record.ts';
import type { SagaDefinition } from '../saga-options.ts';
import type { ClaimedSaga } from '../store/claim.ts';

/**
 * A saga in the hands of this runner.
 *
 * `record` and `sequence` are what the database holds; they move on only after a write succeeded.
 */
export class HeldSaga {
  readonly definition: SagaDefinition;
  readonly epoch: number;
  record: SagaRecord;
  sequence: number;
  /** Set once nothing more may be called for this saga. */
  abortReason: unknown;
  /** Whether this claim's first entry, which names the owner, has been written. */
  isNamed = false;
  /** Calls under way. */
  readonly attempts: Set<{ abort(reason: unknown): void }> = new Set();

  constructor({ record, epoch, sequence }: ClaimedSaga, definition: SagaDefinition) {
    this.definition = definition;
    this.record = record;
    this.epoch = epoch;
    this.sequence = sequence;
  }

  /** Goes on with the record of a later version, whose first entry is written. */
  goOnWith({ record, sequence }: ClaimedSaga): void {
    this.record = record;
    this.sequence = sequence;
    this.isNamed = true;
  }

  /** Makes the attempts under way end; nothing more is called for this saga. */
  abort(reason: unknown): void {
    if (this.abortReason !== undefined) return;
    this.abortReason = reason;
    for (const attempt of this.attempts) attempt.abort(reason);
  }
}
