import { faultPoint, isPlatformError, isUuid, uuidv7 } from '@mainstay/kernel';
import { decideAuthorize } from '../domain/payment-state.ts';
import { paymentsReasons } from '../errors.ts';
import type { Authorization } from '../processor/answers.ts';
import { findPaymentMethod } from '../store/payment-methods-store.ts';
import { findByOrder, insertPayment, lockPayment, updatePayment } from '../store/payments-store.ts';
import type { PaymentRow } from '../store/tables.ts';
import { insertTransaction } from '../store/transactions-store.ts';
import type { PaymentsDependencies } from './dependencies.ts';
import { closedError } from './refusals.ts';

/** What to hold, and of whom. */
export interface AuthorizeRequest {
  readonly orderId: string;
  readonly userId: string;
  readonly amountMinorUnits: bigint;
  readonly currencyCode: string;
  /** The processor's token, or the id of a stored payment method of this user. */
  readonly token: string;
}

/**
 * Holds the amount of an order, once however often it is called.
 *
 * An attempt whose answer was lost is found again by the payment's id before anything is sent a second time.
 *
 * @returns the payment: authorised, declined, or further on when it was authorised before.
 * @throws {@link PlatformError} `PAYMENT_CLOSED` when the order was undone, `PROCESSOR_UNAVAILABLE` when the outcome
 * is not known yet.
 */
export async function authorize(deps: PaymentsDependencies, request: AuthorizeRequest): Promise<PaymentRow> {
  const { payment, isRetry } = await recordIntent(deps, request);
  const decision = decideAuthorize(payment.status, payment.closed_at !== null);
  if (decision === 'closed') throw closedError(payment);
  if (decision === 'answer') return payment;

  await faultPoint('payments.before-authorize');
  const found = isRetry ? await deps.processor.findAuthorization(payment.id) : undefined;
  const answer = found ?? (await send(deps, payment, request));
  await faultPoint('payments.after-authorize');
  return await record(deps, payment, answer);
}

async function recordIntent(
  deps: PaymentsDependencies,
  request: AuthorizeRequest,
): Promise<{ readonly payment: PaymentRow; readonly isRetry: boolean }> {
  return await deps.database.transaction({ name: 'authorize-intent' }, async (tx) => {
    const known = await findByOrder(tx.kysely, request.orderId);
    if (known !== undefined) return { payment: known, isRetry: true };
    const id = uuidv7(deps.clock);
    await insertPayment(tx.kysely, { id, ...request });
    const payment = (await findByOrder(tx.kysely, request.orderId))!;
    return { payment, isRetry: payment.id !== id };
  });
}

async function send(
  deps: PaymentsDependencies,
  payment: PaymentRow,
  request: AuthorizeRequest,
): Promise<Authorization | 'token_unknown'> {
  const token = await processorToken(deps, request);
  if (token === undefined) return 'token_unknown';
  const { amountMinorUnits, currencyCode } = request;
  try {
    return await deps.processor.authorize({ token, amountMinorUnits, currencyCode, reference: payment.id });
  } catch (error) {
    if (!isPlatformError(error, paymentsReasons.PROCESSOR_UNAVAILABLE) || error.executed === 'no') throw error;
    await insertTransaction(deps.database.kysely, payment, { kind: 'authorize', outcome: 'unknown', amountMinorUnits });
    // The answer is lost, but the hold may stand: ask before anybody tries again.
    const found = await deps.processor.findAuthorization(payment.id);
    if (found !== undefined) return found;
    throw error;
  }
}

/** Resolves the id of a stored payment method; undefined when it is not this user's. */
async function processorToken(deps: PaymentsDependencies, request: AuthorizeRequest): Promise<string | undefined> {
  if (!isUuid(request.token)) return request.token;
  const method = await findPaymentMethod(deps.database.kysely, request.userId, request.token);
  return method === undefined ? undefined : deps.tokens.open(method.token_encrypted, request.userId);
}

async function record(
  deps: PaymentsDependencies,
  payment: PaymentRow,
  answer: Authorization | 'token_unknown',
): Promise<PaymentRow> {
  const declineCode = answer === 'token_unknown' ? answer : answer.status === 'declined' ? answer.decline_code : null;
  const declined = answer === 'token_unknown' || answer.status === 'declined';
  const recorded = await deps.database.transaction(async (tx) => {
    const current = await lockPayment(tx.kysely, payment.id);
    if (current.status !== 'pending') return current;
    await insertTransaction(tx.kysely, payment, {
      kind: 'authorize',
      outcome: declined ? 'declined' : 'succeeded',
      amountMinorUnits: payment.amount_minor_units,
      ...(answer !== 'token_unknown' && { processorReference: answer.id }),
      ...(declineCode !== null && { declineCode }),
    });
    const change = {
      status: declined ? ('declined' as const) : ('authorized' as const),
      authorization_id: answer === 'token_unknown' ? null : answer.id,
      decline_code: declineCode,
    };
    return await updatePayment(tx.kysely, payment.id, change);
  });
  if (decideAuthorize(recorded.status, recorded.closed_at !== null) !== 'closed') return recorded;
  // The order was undone while the processor was asked: give the hold up here and now.
  if (answer !== 'token_unknown' && !declined) await deps.processor.voidAuthorization(answer.id, payment.id);
  throw closedError(recorded);
}
