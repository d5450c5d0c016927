import { PaymentsService } from '@mainstay/contracts/payments/v1/payments';
import { ProductsService } from '@mainstay/contracts/products/v1/products';
import { UsersService } from '@mainstay/contracts/users/v1/users';
import { idempotencyMigrations } from '@mainstay/idempotency';
import { leaseMigrations } from '@mainstay/leases';
import { eventStoreMigrations, outboxMigrations } from '@mainstay/messaging';
import { countPolicyEvents } from '@mainstay/resilience';
import { sagaMigrations } from '@mainstay/saga';
import { defineService } from '@mainstay/service';
import { ordersConfig } from './config.ts';
import { toldEvents } from './forms/order-forms.ts';
import { createPaymentTokenVault } from './payment-token-vault.ts';
import { createKnownProducts } from './products/known-products.ts';
import { createReconcilerMetrics } from './reconciler/metrics.ts';
import { startReconciler } from './reconciler/start-reconciler.ts';
import { stuckDisagreements } from './reconciler/stuck-disagreements.ts';
import { createOrderRecord } from './record/order-record.ts';
import { keyedOrders, ordersBinding } from './rpc/binding.ts';
import { startOrderSagas } from './sagas/order-sagas.ts';
import { createOrderWatchers } from './watch/order-watchers.ts';

/** The orders service: orders, and the sagas that place and undo them. */
export const ordersService = defineService({
  name: 'orders',
  version: '0.1.0',
  config: ordersConfig,
  database: {
    migrations: [
      leaseMigrations,
      idempotencyMigrations,
      outboxMigrations,
      eventStoreMigrations,
      sagaMigrations,
      new URL('../migrations/', import.meta.url),
    ],
  },
  tells: toldEvents,
  calls: [UsersService, ProductsService, PaymentsService],
  async start(context) {
    const { config, database, clock, logger, meter, instanceId } = context;
    const vault = createPaymentTokenVault(config['token_key']);
    const products = context.client(ProductsService);
    const payments = context.client(PaymentsService);
    const record = createOrderRecord({ database, clock, events: context.events });
    const following = record.projections.follow({
      leases: context.leases,
      wakes: context.events.wakes('projections'),
      clock,
      logger,
      meter,
    });
    const sagas = startOrderSagas({
      users: context.client(UsersService),
      products,
      payments,
      vault,
      record,
      clock,
      limits: {
        attemptTimeoutMs: config['saga.attempt_timeout_ms'],
        stepLimitMs: config['saga.step_limit_ms'],
        sagaLimitMs: config['saga.limit_ms'],
      },
      engine: {
        database,
        owner: instanceId,
        logger,
        meter,
        maxConcurrent: config['saga.max_concurrent'],
        leaseMs: config['saga.lease_ms'],
        pollIntervalMs: config['saga.poll_interval_ms'],
      },
    });
    const pollIntervalMs = config['watch.poll_interval_ms'];
    const watchers = createOrderWatchers({ database, clock, logger, pollIntervalMs });
    const reconciler = startReconciler({
      database,
      payments,
      products,
      clock,
      logger,
      metrics: createReconcilerMetrics(meter),
      leases: context.leases,
      intervalMs: config['reconciler.interval_ms'],
      minAgeMs: config['reconciler.min_age_ms'],
      windowMs: config['reconciler.window_ms'],
      batchSize: config['reconciler.batch_size'],
    });
    const knownProducts = createKnownProducts({
      client: products,
      maxAgeMs: config['quote.max_price_age_ms'],
      clock,
      onEvent: countPolicyEvents(meter),
    });
    const binding = ordersBinding({
      database,
      clock,
      products,
      knownProducts,
      sagas,
      record,
      vault,
      watchers,
      pricing: {
        taxRateBasisPoints: config['tax.rate_basis_points'],
        shippingFlatMinorUnits: config['shipping.flat_minor_units'],
        freeFromMinorUnits: config['shipping.free_from_minor_units'],
      },
      waitMs: config['answer.wait_ms'],
    });
    return {
      bindings: [binding],
      keyed: keyedOrders({ vault }),
      projections: record.projections,
      sagas: sagas.engine,
      stuck: [stuckDisagreements(database, clock)],
      async [Symbol.asyncDispose]() {
        watchers[Symbol.dispose]();
        await following[Symbol.asyncDispose]();
        await reconciler[Symbol.asyncDispose]();
        await sagas[Symbol.asyncDispose]();
      },
    };
  },
});
