import { timestampDate, timestampFromDate } from '@bufbuild/protobuf/wkt';
import {
  PaymentAuthorizationUnknownSchema,
  PaymentAuthorizedSchema,
  PaymentCapturedSchema,
  PaymentClosedSchema,
  PaymentDeclinedSchema,
  PaymentImportedSchema,
  PaymentRecheckedSchema,
  PaymentRequestedSchema,
  PaymentVoidedSchema,
  RefundFailedSchema,
  RefundRequestedSchema,
  RefundSucceededSchema,
} from '@mainstay/contracts/payments/v1/record';
import { createEventForms, eventForm } from '@mainstay/messaging';
import type { PaymentEvent } from '../domain/payment-events.ts';

/** What an event is about. */
export interface EventSubject {
  readonly orderId: string;
  readonly currencyCode: string;
}

/** How each event of a payment is kept. */
export const paymentForms = createEventForms<PaymentEvent, EventSubject>({
  requested: eventForm(
    PaymentRequestedSchema,
    ({ paymentId, userId, currencyCode, minorUnits }, { orderId }) => {
      return { orderId, paymentId, userId, amount: { currencyCode, minorUnits } };
    },
    ({ paymentId, userId, amount }) => {
      return { paymentId, userId, currencyCode: amount?.currencyCode ?? '', ...minor(amount) };
    },
  ),
  closed: eventForm(
    PaymentClosedSchema,
    ({ paymentId }, { orderId }) => ({ orderId, paymentId }),
    ({ paymentId }) => ({ paymentId }),
  ),
  authorizationUnknown: eventForm(
    PaymentAuthorizationUnknownSchema,
    ({ minorUnits }, { orderId, currencyCode }) => ({ orderId, amount: { currencyCode, minorUnits } }),
    ({ amount }) => minor(amount),
  ),
  authorized: eventForm(
    PaymentAuthorizedSchema,
    ({ authorizationId, minorUnits }, { orderId, currencyCode }) => {
      return { orderId, authorizationId, amount: { currencyCode, minorUnits } };
    },
    ({ authorizationId, amount }) => ({ authorizationId, ...minor(amount) }),
  ),
  declined: eventForm(
    PaymentDeclinedSchema,
    ({ authorizationId, declineCode, minorUnits }, { orderId, currencyCode }) => {
      return { orderId, authorizationId: authorizationId ?? '', declineCode, amount: { currencyCode, minorUnits } };
    },
    ({ authorizationId, declineCode, amount }) => {
      return { authorizationId: authorizationId || null, declineCode, ...minor(amount) };
    },
  ),
  captured: eventForm(
    PaymentCapturedSchema,
    ({ authorizationId, minorUnits }, { orderId, currencyCode }) => {
      return { orderId, authorizationId, amount: { currencyCode, minorUnits } };
    },
    ({ authorizationId, amount }) => ({ authorizationId, ...minor(amount) }),
  ),
  voided: eventForm(
    PaymentVoidedSchema,
    ({ authorizationId, givenUpMinorUnits, recheckAt }, { orderId, currencyCode }) => ({
      orderId,
      authorizationId: authorizationId ?? '',
      ...givenUp(givenUpMinorUnits, currencyCode),
      ...(recheckAt !== null && { recheckAt: timestampFromDate(recheckAt) }),
    }),
    ({ authorizationId, givenUp: amount, recheckAt }) => ({
      authorizationId: authorizationId || null,
      givenUpMinorUnits: amount?.minorUnits ?? null,
      recheckAt: recheckAt === undefined ? null : timestampDate(recheckAt),
    }),
  ),
  rechecked: eventForm(
    PaymentRecheckedSchema,
    ({ authorizationId, givenUpMinorUnits }, { orderId, currencyCode }) => {
      return { orderId, authorizationId: authorizationId ?? '', ...givenUp(givenUpMinorUnits, currencyCode) };
    },
    ({ authorizationId, givenUp: amount }) => {
      return { authorizationId: authorizationId || null, givenUpMinorUnits: amount?.minorUnits ?? null };
    },
  ),
  refundRequested: eventForm(
    RefundRequestedSchema,
    ({ refundId, name, reason, minorUnits }, { orderId, currencyCode }) => {
      return { orderId, refundId, name, reason, amount: { currencyCode, minorUnits } };
    },
    ({ refundId, name, reason, amount }) => ({ refundId, name, reason, ...minor(amount) }),
  ),
  refundSucceeded: eventForm(
    RefundSucceededSchema,
    ({ refundId, processorReference, minorUnits }, { orderId, currencyCode }) => {
      return { orderId, refundId, processorReference, amount: { currencyCode, minorUnits } };
    },
    ({ refundId, processorReference, amount }) => ({ refundId, processorReference, ...minor(amount) }),
  ),
  refundFailed: eventForm(
    RefundFailedSchema,
    ({ refundId, code, minorUnits }, { orderId, currencyCode }) => {
      return { orderId, refundId, code, amount: { currencyCode, minorUnits } };
    },
    ({ refundId, code, amount }) => ({ refundId, code, ...minor(amount) }),
  ),
});

/** Every event that the stream of a payment may hold; only a migration imports. */
export const recordedEvents = [...paymentForms.schemas, PaymentImportedSchema];

function minor(amount: { readonly minorUnits: bigint } | undefined): { readonly minorUnits: bigint } {
  return { minorUnits: amount?.minorUnits ?? 0n };
}

function givenUp(minorUnits: bigint | null, currencyCode: string) {
  return minorUnits === null ? {} : { givenUp: { currencyCode, minorUnits } };
}
