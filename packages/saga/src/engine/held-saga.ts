import type { SagaRecord } from '../core/record.ts';
import type { SagaDefinition } from '../definition.ts';

/**
 * A saga in the hands of this runner.
 *
 * `record` is what the database holds; it is replaced only after a write succeeded. `leaseEndsAtMs` is read from the
 * monotonic clock before the statement that took or prolonged the lease, so the runner never believes in a lease for
 * longer than the database does.
 */
export class HeldSaga {
  readonly definition: SagaDefinition;
  readonly epoch: number;
  readonly #controller = new AbortController();
  record: SagaRecord;
  leaseEndsAtMs: number;

  constructor(options: {
    readonly definition: SagaDefinition;
    readonly record: SagaRecord;
    readonly epoch: number;
    readonly leaseEndsAtMs: number;
  }) {
    this.definition = options.definition;
    this.record = options.record;
    this.epoch = options.epoch;
    this.leaseEndsAtMs = options.leaseEndsAtMs;
  }

  /** Aborted, with a PlatformError, when the lease is lost or the runner has to stop. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Makes the running attempt end; nothing more is called for this saga. */
  abort(reason: unknown): void {
    this.#controller.abort(reason);
  }
}
