import { defineConfig } from '@mainstay/config';
import { z } from 'zod';

const count = z.coerce.number().int();

/** Settings of the orders service; the environment name is `ORDERS_` and the key in upper case. */
export const ordersConfig = defineConfig({
  name: 'orders',
  keys: {
    'tax.rate_basis_points': {
      schema: count.min(0).max(10_000),
      default: 800,
      description: 'Tax on the lines in hundredths of a percent; shipping is not taxed',
      reloadable: false,
    },
    'shipping.flat_minor_units': {
      schema: count.min(0),
      default: 599,
      description: 'Shipping of an order below the free limit, in minor units of its currency',
      reloadable: false,
    },
    'shipping.free_from_minor_units': {
      schema: count.min(0),
      default: 5_000,
      description: 'Sum of the lines from which shipping costs nothing, in minor units',
      reloadable: false,
    },
    'quote.max_price_age_ms': {
      schema: count.min(0).max(86_400_000),
      default: 900_000,
      unit: 'ms',
      description:
        'Oldest prices that a quote may show while products cannot be asked; 0 for none. Orders never use them',
      reloadable: false,
    },
    'answer.wait_ms': {
      schema: count.min(0).max(10_000),
      default: 2_000,
      unit: 'ms',
      description: 'How long placing and cancelling wait for the end before they answer; `Prefer: wait` wins',
      reloadable: false,
    },
    'watch.poll_interval_ms': {
      schema: count.min(50).max(60_000),
      default: 500,
      unit: 'ms',
      description: 'How often changes are looked for while orders are watched',
      reloadable: false,
    },
    'saga.lease_ms': {
      schema: count.min(1_000).max(600_000),
      default: 10_000,
      unit: 'ms',
      description: 'Time after which another instance takes over the sagas of a dead one',
      reloadable: false,
    },
    'saga.poll_interval_ms': {
      schema: count.min(50).max(60_000),
      default: 500,
      unit: 'ms',
      description: 'How often due sagas are looked for that nobody woke the engine for',
      reloadable: false,
    },
    'saga.max_concurrent': {
      schema: count.min(1).max(1_000),
      default: 64,
      description: 'Sagas driven at once by one instance',
      reloadable: false,
    },
    'saga.attempt_timeout_ms': {
      schema: count.min(100).max(600_000),
      default: 12_000,
      unit: 'ms',
      description: 'Limit of one attempt of a step; the contract of the called method is usually shorter',
      reloadable: false,
    },
    'saga.step_limit_ms': {
      schema: count.min(100).max(86_400_000),
      default: 60_000,
      unit: 'ms',
      description: 'How long a step before the charge is retried before the order is undone',
      reloadable: false,
    },
    'saga.limit_ms': {
      schema: count.min(1_000).max(86_400_000),
      default: 600_000,
      unit: 'ms',
      description: 'Age at which an order that is still being placed is undone; after the charge only this counts',
      reloadable: false,
    },
    'reconciler.interval_ms': {
      schema: count.min(100).max(86_400_000),
      default: 300_000,
      unit: 'ms',
      description: 'Pause between two comparisons of orders, payments, stock and the processor’s books',
      reloadable: false,
    },
    'reconciler.min_age_ms': {
      schema: count.min(0).max(86_400_000),
      default: 120_000,
      unit: 'ms',
      description: 'What changed later than that is not compared, because it may be under way',
      reloadable: false,
    },
    'reconciler.window_ms': {
      schema: count.min(60_000),
      default: 7 * 86_400_000,
      unit: 'ms',
      description: 'Age of orders and reservations up to which each comparison goes back',
      reloadable: false,
    },
    'reconciler.batch_size': {
      schema: count.min(1).max(50),
      default: 50,
      description: 'Orders compared in one step',
      reloadable: false,
    },
    token_key: {
      schema: z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hex digits'),
      secret: true,
      description: 'Key that encrypts payment tokens until they are used, 32 bytes in hex',
      reloadable: false,
    },
  },
});
