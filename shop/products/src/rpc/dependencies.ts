import type { Clock } from '@mainstay/kernel';
import type { Database } from '@mainstay/postgres';

/** What the methods of this service work with; made once in `service.ts`. */
export interface ProductsDependencies {
  readonly database: Database;
  readonly clock: Clock;
  /** How long stock is held, in milliseconds. */
  readonly holdMs: number;
}
