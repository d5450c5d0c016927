import { faultPoint, isPlatformError, isUuid, uuidv7 } from '@mainstay/kernel';
import { decideAuthorize } from '../domain/payment-state.ts';
import { closedError } from '../domain/refusals.ts';
import { paymentsReasons } from '../errors.ts';
import type { Authorization } from '../processor/answers.ts';
import { findPaymentMethod } from '../store/payment-methods-store.ts';
import type { PaymentRow } from '../store/tables.ts';
import type { PaymentsDependencies } from './dependencies.ts';

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
  return await settle(deps, payment, answer);
}

async function recordIntent(
  { record, clock }: PaymentsDependencies,
  { orderId, userId, currencyCode, amountMinorUnits }: AuthorizeRequest,
): Promise<{ readonly payment: PaymentRow; readonly isRetry: boolean }> {
  const { payment, events } = await record.execute(orderId, {
    kind: 'requested',
    paymentId: uuidv7(clock),
    userId,
    currencyCode,
    minorUnits: amountMinorUnits,
  });
  return { payment, isRetry: events.length === 0 };
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
    await deps.record.execute(payment.order_id, { kind: 'authorizationUnknown', minorUnits: amountMinorUnits });
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

async function settle(
  deps: PaymentsDependencies,
  payment: PaymentRow,
  answer: Authorization | 'token_unknown',
): Promise<PaymentRow> {
  const { order_id: orderId, amount_minor_units: minorUnits } = payment;
  const isDeclined = answer === 'token_unknown' || answer.status === 'declined';
  const { payment: recorded } = await deps.record.execute(
    orderId,
    isDeclined
      ? { kind: 'declined', minorUnits, ...declineOf(answer) }
      : { kind: 'authorized', minorUnits, authorizationId: answer.id },
  );
  if (decideAuthorize(recorded.status, recorded.closed_at !== null) !== 'closed') return recorded;
  // The order was undone while the processor was asked: give the hold up here and now.
  if (!isDeclined) await deps.processor.voidAuthorization(answer.id, payment.id);
  throw closedError(recorded);
}

function declineOf(answer: Authorization | 'token_unknown'): { authorizationId: string | null; declineCode: string } {
  if (answer === 'token_unknown') return { authorizationId: null, declineCode: answer };
  return { authorizationId: answer.id, declineCode: answer.decline_code ?? 'card_declined' };
}
