import type { Client } from '@connectrpc/connect';
import type { PaymentsService } from '@mainstay/contracts/payments/v1/payments';
import type { ProductsService } from '@mainstay/contracts/products/v1/products';
import { defineSaga, type SagaDefinition } from '@mainstay/saga';
import type { CancelRequest } from '../domain/cancel-request.ts';
import type { OrderRecord } from '../record/order-record.ts';

/** State of the saga. */
export interface UndoOrderState {
  readonly actor: CancelRequest['actor'];
  readonly reason: string;
}

/** What the sagas work with. */
export interface UndoOrderOptions {
  readonly products: Client<typeof ProductsService>;
  readonly payments: Client<typeof PaymentsService>;
  readonly record: OrderRecord;
  readonly attemptTimeoutMs: number;
}

/** The saga that cancels a confirmed order: refund-payment, restock, then the order is cancelled. */
export function cancelOrderSaga(options: UndoOrderOptions): SagaDefinition<UndoOrderState> {
  return undoOrderSaga('cancel-order', 'cancelled', options);
}

/** The saga that takes a shipped order back: refund-payment, restock, then the order is returned. */
export function returnOrderSaga(options: UndoOrderOptions): SagaDefinition<UndoOrderState> {
  return undoOrderSaga('return-order', 'returned', options);
}

// There is no way back from here, so every failure is retried for ever; one that lasts is listed for a person.
function undoOrderSaga(
  name: string,
  to: 'cancelled' | 'returned',
  { products, payments, record, attemptTimeoutMs }: UndoOrderOptions,
): SagaDefinition<UndoOrderState> {
  const insisting = { attemptTimeoutMs, mustSucceed: true, retry: { initialDelayMs: 200, maxDelayMs: 30_000 } };
  return defineSaga<UndoOrderState>({
    name,
    steps: [
      {
        name: 'refund-payment',
        ...insisting,
        async run({ reason }, { subject: orderId, signal }) {
          await payments.cancelPayment({ orderId, reason }, { signal });
        },
      },
      {
        name: 'restock',
        ...insisting,
        async run(_, { subject: orderId, signal }) {
          await products.restock({ orderId }, { signal });
        },
      },
    ],
    async onCompleted(tx, { subject: orderId, state: { actor, reason } }) {
      const command =
        to === 'cancelled'
          ? ({ kind: 'cancel', reason, failure: null, paymentId: null } as const)
          : ({ kind: 'return', reason } as const);
      await record.execute(tx, orderId, { command, actor });
    },
  });
}
