import type { Client } from '@connectrpc/connect';
import type { ProductsService } from '@mainstay/contracts/products/v1/products';
import type { Clock } from '@mainstay/kernel';
import type { Database } from '@mainstay/postgres';
import type { PricingRule } from '../domain/pricing.ts';
import type { PaymentTokenVault } from '../payment-token-vault.ts';
import type { KnownProducts } from '../products/known-products.ts';
import type { OrderRecord } from '../record/order-record.ts';
import type { OrderSagas } from '../sagas/order-sagas.ts';
import type { OrderWatchers } from '../watch/order-watchers.ts';

/** What the methods of this service work with; made once in `service.ts`. */
export interface OrdersDependencies {
  readonly database: Database;
  readonly clock: Clock;
  readonly products: Client<typeof ProductsService>;
  /** Products to show, known from before while they cannot be asked. */
  readonly knownProducts: KnownProducts;
  readonly sagas: OrderSagas;
  readonly record: OrderRecord;
  readonly vault: PaymentTokenVault;
  readonly watchers: OrderWatchers;
  readonly pricing: PricingRule;
  /** How long placing and cancelling wait for the end when the caller does not say. */
  readonly waitMs: number;
}
