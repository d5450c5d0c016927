import { idempotencyMigrations } from '@mainstay/idempotency';
import { leaseMigrations } from '@mainstay/leases';
import { eventStoreMigrations } from '@mainstay/messaging';
import { createSealer } from '@mainstay/sealing';
import { defineService, startLoop } from '@mainstay/service';
import { paymentsConfig } from './config.ts';
import { CardProcessor } from './processor/card-processor.ts';
import { createPaymentRecord } from './record/payment-record.ts';
import { keyedPayments, paymentsBinding } from './rpc/binding.ts';
import { settleOnce } from './settlement/settle-once.ts';
import type { PaymentsDependencies } from './workflows/dependencies.ts';

/** The payments service: payment methods, authorisation, capture and refunds. */
export const paymentsService = defineService({
  name: 'payments',
  version: '0.1.0',
  config: paymentsConfig,
  database: {
    migrations: [
      leaseMigrations,
      idempotencyMigrations,
      eventStoreMigrations,
      new URL('../migrations/', import.meta.url),
    ],
  },
  async start({ config, database, clock, logger, signal }) {
    const record = createPaymentRecord({ database, clock });
    const dependencies: PaymentsDependencies = {
      database,
      record,
      clock,
      logger,
      tokens: createSealer({ keyHex: config['token_key'], purpose: 'payments token' }),
      processor: new CardProcessor({
        url: config['processor.url'],
        apiKey: config['processor.api_key'],
        timeoutMs: config['processor.timeout_ms'],
      }),
    };
    const loop = startLoop({
      name: 'settlement of unfinished payments',
      intervalMs: config['settlement.interval_ms'],
      clock,
      logger,
      signal,
      async run() {
        await settleOnce(dependencies);
      },
    });
    return {
      bindings: [paymentsBinding(dependencies)],
      keyed: keyedPayments(dependencies),
      projections: record.projections,
      async [Symbol.asyncDispose]() {
        await loop[Symbol.asyncDispose]();
      },
    };
  },
});
