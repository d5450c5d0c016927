import { timestampFromDate } from '@bufbuild/protobuf/wkt';
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
import { type EventDraft, tell } from '@mainstay/messaging';
import type { PaymentEvent } from '../domain/payment-events.ts';

/** Every event that the stream of a payment may hold. */
export const recordedEvents = [
  PaymentRequestedSchema,
  PaymentClosedSchema,
  PaymentAuthorizationUnknownSchema,
  PaymentAuthorizedSchema,
  PaymentDeclinedSchema,
  PaymentCapturedSchema,
  PaymentVoidedSchema,
  PaymentRecheckedSchema,
  RefundRequestedSchema,
  RefundSucceededSchema,
  RefundFailedSchema,
  PaymentImportedSchema,
] as const;

/** What an event is about. */
export interface EventSubject {
  readonly orderId: string;
  readonly currencyCode: string;
}

/** An event as the stream keeps it. */
export function encodeEvent({ orderId, currencyCode }: EventSubject, event: PaymentEvent): EventDraft {
  const money = (minorUnits: bigint) => ({ currencyCode, minorUnits });
  const authorizationId = 'authorizationId' in event ? (event.authorizationId ?? '') : '';
  switch (event.kind) {
    case 'requested': {
      const { paymentId, userId, minorUnits } = event;
      const amount = { currencyCode: event.currencyCode, minorUnits };
      return tell(PaymentRequestedSchema, { orderId, paymentId, userId, amount });
    }
    case 'closed':
      return tell(PaymentClosedSchema, { orderId, paymentId: event.paymentId });
    case 'authorizationUnknown':
      return tell(PaymentAuthorizationUnknownSchema, { orderId, amount: money(event.minorUnits) });
    case 'authorized':
      return tell(PaymentAuthorizedSchema, { orderId, authorizationId, amount: money(event.minorUnits) });
    case 'declined': {
      const { declineCode, minorUnits } = event;
      return tell(PaymentDeclinedSchema, { orderId, authorizationId, declineCode, amount: money(minorUnits) });
    }
    case 'captured':
      return tell(PaymentCapturedSchema, { orderId, authorizationId, amount: money(event.minorUnits) });
    case 'voided': {
      const { givenUpMinorUnits, recheckAt } = event;
      return tell(PaymentVoidedSchema, {
        orderId,
        authorizationId,
        ...(givenUpMinorUnits !== null && { givenUp: money(givenUpMinorUnits) }),
        ...(recheckAt !== null && { recheckAt: timestampFromDate(recheckAt) }),
      });
    }
    case 'rechecked': {
      const { givenUpMinorUnits } = event;
      const givenUp = givenUpMinorUnits === null ? {} : { givenUp: money(givenUpMinorUnits) };
      return tell(PaymentRecheckedSchema, { orderId, authorizationId, ...givenUp });
    }
    case 'refundRequested': {
      const { refundId, name, minorUnits, reason } = event;
      return tell(RefundRequestedSchema, { orderId, refundId, name, amount: money(minorUnits), reason });
    }
    case 'refundSucceeded': {
      const { refundId, minorUnits, processorReference } = event;
      return tell(RefundSucceededSchema, { orderId, refundId, amount: money(minorUnits), processorReference });
    }
    case 'refundFailed': {
      const { refundId, minorUnits, code } = event;
      return tell(RefundFailedSchema, { orderId, refundId, amount: money(minorUnits), code });
    }
  }
}
