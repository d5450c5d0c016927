import type { Client } from '@connectrpc/connect';
import type { PaymentsService } from '@mainstay/contracts/payments/v1/payments';
import type { ProductsService } from '@mainstay/contracts/products/v1/products';
import type { Clock, Logger } from '@mainstay/kernel';
import type { Database } from '@mainstay/postgres';
import type { ReconcilerMetrics } from './metrics.ts';

/** What the reconciler works with. */
export interface Reconciling {
  readonly database: Database;
  readonly payments: Client<typeof PaymentsService>;
  readonly products: Client<typeof ProductsService>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: ReconcilerMetrics;
  /** What changed later than so many milliseconds ago is left alone: it may be under way. */
  readonly minAgeMs: number;
  /** How far back orders and reservations are walked over, in milliseconds. */
  readonly windowMs: number;
  /** Orders compared in one step, 1 to 50. */
  readonly batchSize: number;
}
