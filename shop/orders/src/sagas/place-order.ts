import type { Client } from '@connectrpc/connect';
import type { PaymentsService } from '@mainstay/contracts/payments/v1/payments';
import type { ProductsService } from '@mainstay/contracts/products/v1/products';
import type { UsersService } from '@mainstay/contracts/users/v1/users';
import { isPlatformError, PlatformError } from '@mainstay/kernel';
import { defineSaga, type SagaDefinition, type StepContext } from '@mainstay/saga';
import { parseCancelRequest } from '../domain/cancel-request.ts';
import { ordersReasons } from '../errors.ts';
import type { PaymentTokenVault } from '../payment-token-vault.ts';
import type { OrderRecord } from '../record/order-record.ts';
import type { PlaceOrderState } from './place-order-state.ts';
import { type CloseOptions, closePlacedOrder, markCancelled, turnBack } from './placing-end.ts';
import { declined, short } from './refusals.ts';

/** What the saga works with. */
export interface PlaceOrderOptions {
  readonly users: Client<typeof UsersService>;
  readonly products: Client<typeof ProductsService>;
  readonly payments: Client<typeof PaymentsService>;
  readonly vault: PaymentTokenVault;
  readonly record: OrderRecord;
  readonly limits: SagaLimits;
  /** Starts the cancelling of an order whose cancel request came after the charge. */
  readonly cancelAfterAll: CloseOptions['cancelAfterAll'];
}

/** Limits of the steps, in milliseconds. */
export interface SagaLimits {
  readonly attemptTimeoutMs: number;
  readonly stepLimitMs: number;
  readonly sagaLimitMs: number;
}

/**
 * The saga that places an order: validate-user, reserve-stock, authorize-payment, capture-payment, confirm.
 *
 * The subject is the order's id. Refusals (a shortage, a decline, a closed account) turn it round at once; everything
 * else is retried. Undoing cancels the payment, whatever became of it, then gives the stock back, held or sold.
 */
export function placeOrderSaga(options: PlaceOrderOptions): SagaDefinition<PlaceOrderState> {
  const { users, products, payments, vault, record, limits } = options;
  const { attemptTimeoutMs } = limits;
  const retry = { maxAttempts: Number.POSITIVE_INFINITY, timeLimitMs: limits.stepLimitMs };
  const forward = { attemptTimeoutMs, retry };

  return defineSaga<PlaceOrderState>({
    name: 'place-order',
    timeLimitMs: limits.sagaLimitMs,
    cancelUntil: 'capture-payment',
    forwardSecrets: ['sealedToken'],
    steps: [
      {
        name: 'validate-user',
        ...forward,
        async run({ userId }, { signal }) {
          const { valid, reason } = await users.validateUser({ userId }, { signal });
          if (valid) return;
          throw new PlatformError(ordersReasons.USER_INVALID, `the account is ${reason.toLowerCase()}`);
        },
      },
      {
        name: 'reserve-stock',
        ...forward,
        async run({ lines }, context) {
          const { subject: orderId, signal } = context;
          const { outcome } = await products.reserveStock({ orderId, lines: [...lines] }, { signal });
          if (outcome.case === 'short') throw short(lines, outcome.value.shortages);
          context.commit(async (tx) => {
            await record.execute(tx, orderId, { command: { kind: 'reserve' }, actor: 'saga' });
          });
        },
        compensate: (_, context) => giveStockBack(products, context),
      },
      {
        name: 'authorize-payment',
        ...forward,
        async run({ userId, totalMinorUnits, currencyCode, sealedToken }, { subject: orderId, signal }) {
          const amount = { currencyCode, minorUnits: BigInt(totalMinorUnits) };
          const token = vault.open(sealedToken ?? '', orderId);
          const answer = await payments.authorizePayment({ orderId, userId, amount, token }, { signal });
          if (answer.decline !== undefined) throw declined(answer.decline, answer.payment?.id);
          return { paymentId: answer.payment?.id ?? null, sealedToken: null };
        },
        async compensate(_, { subject: orderId, signal, reason }) {
          const why = reason?.kind === 'canceled' ? parseCancelRequest(reason.reason).reason : (reason?.reason ?? '');
          await payments.cancelPayment({ orderId, reason: why }, { signal });
        },
      },
      {
        // What it charged is given back by the counter-action of authorize-payment.
        name: 'capture-payment',
        ...forward,
        async run(_, { subject: orderId, signal }) {
          const answer = await payments.capturePayment({ orderId }, { signal });
          if (answer.decline !== undefined) throw declined(answer.decline, answer.payment?.id);
          return { paymentId: answer.payment?.id ?? null };
        },
      },
      {
        // The customer has paid: go forward as long as the saga may, rather than give the money back.
        name: 'confirm',
        attemptTimeoutMs,
        retry: { maxAttempts: Number.POSITIVE_INFINITY, timeLimitMs: limits.sagaLimitMs },
        async run(_, { subject: orderId, signal }) {
          await products.commitStock({ orderId }, { signal });
        },
      },
    ],
    onCompensating: (tx, event) => turnBack(tx, event, record),
    onCompleted: (tx, event) => closePlacedOrder(tx, event, options),
    onFailed: (tx, event) => markCancelled(tx, event, record),
  });
}

/**
 * Gives the stock of an order back whether it is held, sold or neither, and blocks what arrives later.
 *
 * A sale that arrived after all refuses the release; then the sale is undone, which blocks later ones too.
 */
async function giveStockBack(
  products: Client<typeof ProductsService>,
  { subject: orderId, signal }: StepContext,
): Promise<void> {
  try {
    await products.releaseStock({ orderId }, { signal });
  } catch (error) {
    if (!isPlatformError(error, 'RESERVATION_COMMITTED')) throw error;
    await products.restock({ orderId }, { signal });
  }
}
