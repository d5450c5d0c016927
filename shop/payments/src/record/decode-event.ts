import { timestampDate } from '@bufbuild/protobuf/wkt';
import {
  PaymentAuthorizationUnknownSchema,
  PaymentAuthorizedSchema,
  PaymentCapturedSchema,
  PaymentClosedSchema,
  PaymentDeclinedSchema,
  PaymentRecheckedSchema,
  PaymentRequestedSchema,
  PaymentVoidedSchema,
  RefundFailedSchema,
  RefundRequestedSchema,
  RefundSucceededSchema,
} from '@mainstay/contracts/payments/v1/record';
import { PlatformError } from '@mainstay/kernel';
import { messagingReasons, readEvent, type StreamEvent } from '@mainstay/messaging';
import type { PaymentEvent } from '../domain/payment-events.ts';

const readers: Readonly<Record<string, (event: StreamEvent) => PaymentEvent>> = {
  [PaymentRequestedSchema.typeName]: (event) => {
    const { paymentId, userId, amount } = readEvent(PaymentRequestedSchema, event);
    return { kind: 'requested', paymentId, userId, currencyCode: amount?.currencyCode ?? '', ...minor(amount) };
  },
  [PaymentClosedSchema.typeName]: (event) => {
    return { kind: 'closed', paymentId: readEvent(PaymentClosedSchema, event).paymentId };
  },
  [PaymentAuthorizationUnknownSchema.typeName]: (event) => {
    return { kind: 'authorizationUnknown', ...minor(readEvent(PaymentAuthorizationUnknownSchema, event).amount) };
  },
  [PaymentAuthorizedSchema.typeName]: (event) => {
    const { authorizationId, amount } = readEvent(PaymentAuthorizedSchema, event);
    return { kind: 'authorized', authorizationId, ...minor(amount) };
  },
  [PaymentDeclinedSchema.typeName]: (event) => {
    const { authorizationId, amount, declineCode } = readEvent(PaymentDeclinedSchema, event);
    return { kind: 'declined', authorizationId: authorizationId || null, declineCode, ...minor(amount) };
  },
  [PaymentCapturedSchema.typeName]: (event) => {
    const { authorizationId, amount } = readEvent(PaymentCapturedSchema, event);
    return { kind: 'captured', authorizationId, ...minor(amount) };
  },
  [PaymentVoidedSchema.typeName]: (event) => {
    const { authorizationId, givenUp, recheckAt } = readEvent(PaymentVoidedSchema, event);
    return {
      kind: 'voided',
      authorizationId: authorizationId || null,
      givenUpMinorUnits: givenUp?.minorUnits ?? null,
      recheckAt: recheckAt === undefined ? null : timestampDate(recheckAt),
    };
  },
  [PaymentRecheckedSchema.typeName]: (event) => {
    const { authorizationId, givenUp } = readEvent(PaymentRecheckedSchema, event);
    return {
      kind: 'rechecked',
      authorizationId: authorizationId || null,
      givenUpMinorUnits: givenUp?.minorUnits ?? null,
    };
  },
  [RefundRequestedSchema.typeName]: (event) => {
    const { refundId, name, amount, reason } = readEvent(RefundRequestedSchema, event);
    return { kind: 'refundRequested', refundId, name, reason, ...minor(amount) };
  },
  [RefundSucceededSchema.typeName]: (event) => {
    const { refundId, amount, processorReference } = readEvent(RefundSucceededSchema, event);
    return { kind: 'refundSucceeded', refundId, processorReference, ...minor(amount) };
  },
  [RefundFailedSchema.typeName]: (event) => {
    const { refundId, amount, code } = readEvent(RefundFailedSchema, event);
    return { kind: 'refundFailed', refundId, code, ...minor(amount) };
  },
};

/**
 * Reads an event of a payment's stream, other than an imported payment.
 *
 * @throws {@link PlatformError} `data_loss` / `EVENT_UNREADABLE` for one that this version does not know.
 */
export function decodeEvent(event: StreamEvent): PaymentEvent {
  const read = readers[event.type];
  if (read !== undefined) return read(event);
  throw new PlatformError(messagingReasons.EVENT_UNREADABLE, `${event.type} is no event of a payment`);
}

function minor(amount: { readonly minorUnits: bigint } | undefined): { readonly minorUnits: bigint } {
  return { minorUnits: amount?.minorUnits ?? 0n };
}
