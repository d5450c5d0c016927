import { create } from '@bufbuild/protobuf';
import { AuthorizePaymentRequestSchema } from '@mainstay/contracts/payments/v1/payments';
import { silentLogger, uuidv7 } from '@mainstay/kernel';
import { eventStoreMigrations } from '@mainstay/messaging';
import { testDatabase } from '@mainstay/postgres/testing';
import { createSealer } from '@mainstay/sealing';
import { FakeClock } from '@mainstay/testing';
import { CardProcessor } from '../src/processor/card-processor.ts';
import { createPaymentRecord } from '../src/record/payment-record.ts';
import { authorizePayment } from '../src/rpc/authorize-payment.ts';
import type { PaymentsDependencies } from '../src/workflows/dependencies.ts';
import { type ProcessorProcess, startProcessor } from './processor-process.ts';

export const userId = '0192f3c1-2b7e-7c3a-9d5e-0f4b6a1c2d3e';

/** The service's parts with a database of their own and a real processor. */
export interface TestPayments extends AsyncDisposable {
  readonly deps: PaymentsDependencies;
  readonly processor: ProcessorProcess;
  readonly clock: FakeClock;
  authorize(token: string, order?: { orderId?: string; minorUnits?: bigint }): ReturnType<typeof authorizePayment>;
}

/** @param timeoutMs - how long the service waits for the processor. */
export async function openTestPayments(timeoutMs = 600): Promise<TestPayments> {
  const db = await testDatabase({ migrations: [eventStoreMigrations, new URL('../migrations/', import.meta.url)] });
  const processor = await startProcessor();
  const clock = new FakeClock(Date.now());
  const deps: PaymentsDependencies = {
    database: db.database,
    record: createPaymentRecord({ database: db.database, clock }),
    clock,
    logger: silentLogger,
    tokens: createSealer({ keyHex: 'ab'.repeat(32), purpose: 'payments token' }),
    processor: new CardProcessor({ url: processor.url, apiKey: processor.apiKey, timeoutMs }),
  };
  return {
    deps,
    processor,
    clock,
    authorize: (token, { orderId = uuidv7(), minorUnits = 5_000n } = {}) =>
      authorizePayment(
        deps,
        create(AuthorizePaymentRequestSchema, {
          orderId,
          userId,
          token,
          amount: { currencyCode: 'USD', minorUnits },
        }),
      ),
    async [Symbol.asyncDispose]() {
      await processor[Symbol.asyncDispose]();
      await db[Symbol.asyncDispose]();
    },
  };
}
