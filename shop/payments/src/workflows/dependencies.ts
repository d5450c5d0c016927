import type { Clock, Logger } from '@mainstay/kernel';
import type { Database } from '@mainstay/postgres';
import type { Sealer } from '@mainstay/sealing';
import type { CardProcessor } from '../processor/card-processor.ts';
import type { PaymentRecord } from '../record/payment-record.ts';

/**
 * What the work of this service needs; made once in `service.ts`.
 *
 * No transaction is open while the processor is asked: the intent is recorded, then asked for, then its outcome is
 * recorded, and every step may be repeated.
 */
export interface PaymentsDependencies {
  readonly database: Database;
  readonly record: PaymentRecord;
  readonly processor: CardProcessor;
  readonly tokens: Sealer;
  readonly clock: Clock;
  readonly logger: Logger;
}
