import type { ConsumerOptions, EventDraft, Wakes } from '@mainstay/messaging';
import type { Transaction } from '@mainstay/postgres';

/** What a service tells, and how. */
export interface ServiceEvents {
  /**
   * Writes events with the change they tell of; they are told soon after the transaction commits, and never when it does not.
   *
   * @throws {@link PlatformError} `invalid_argument` / `EVENT_INVALID` for an event that the definition does not name under `tells`.
   */
  tell(tx: Transaction, ...events: readonly EventDraft[]): Promise<void>;
  /** Wakes background work of this service, such as `projections`, in whatever instance does it; undefined without a bus. */
  wakes(work: string): Wakes | undefined;
}

/** What a service does with the events of others, from its `start`. */
export type ConsumerDeclaration = Pick<
  ConsumerOptions,
  'name' | 'sources' | 'handlers' | 'from' | 'batchSize' | 'maxAttempts' | 'retryDelayMs'
>;
