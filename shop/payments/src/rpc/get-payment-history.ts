import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import {
  type GetPaymentHistoryRequest,
  type GetPaymentHistoryResponse,
  GetPaymentHistoryResponseSchema,
  type PaymentHistoryEntry,
  PaymentHistoryEntrySchema,
} from '@mainstay/contracts/payments/v1/payments';
import { PaymentImportedSchema } from '@mainstay/contracts/payments/v1/record';
import { decodePageToken, encodePageToken } from '@mainstay/kernel';
import { currentContext } from '@mainstay/kernel/context';
import type { StreamEvent } from '@mainstay/messaging';
import type { PaymentEvent } from '../domain/payment-events.ts';
import { paymentForms } from '../forms/payment-forms.ts';
import type { PaymentsDependencies } from '../workflows/dependencies.ts';
import { requireVisiblePayment } from './read-payment.ts';

const defaultPageSize = 50;

/** Returns what happened to a payment, page by page; who it was and in which trace, to administrators only. */
export async function getPaymentHistory(
  deps: PaymentsDependencies,
  request: GetPaymentHistoryRequest,
): Promise<GetPaymentHistoryResponse> {
  const { id, order_id: orderId, currency_code: currencyCode } = await requireVisiblePayment(deps, request.id);
  const isAuditor = currentContext()?.identity.roles.includes('admin') === true;
  const after = request.pageToken === '' ? 0n : decodePageToken(request.pageToken, id, readVersion);
  const pageSize = request.pageSize || defaultPageSize;

  // One more than asked for tells whether there is another page.
  const events = await deps.record.history(deps.database, orderId, { after, limit: pageSize + 1 });
  const page = events.slice(0, pageSize);
  const last = page.at(-1);
  return create(GetPaymentHistoryResponseSchema, {
    entries: page.map((stored) => entryOf(stored, { currencyCode, isAuditor })),
    nextPageToken: events.length > pageSize && last !== undefined ? encodePageToken(id, String(last.version)) : '',
  });
}

function entryOf(
  stored: StreamEvent,
  { currencyCode, isAuditor }: { readonly currencyCode: string; readonly isAuditor: boolean },
): PaymentHistoryEntry {
  const event = stored.type === PaymentImportedSchema.typeName ? undefined : paymentForms.decode(stored);
  const minorUnits = event === undefined ? null : amountOf(event);
  const [actor = '', actorId = ''] = stored.actor.split(':', 2);
  return create(PaymentHistoryEntrySchema, {
    version: stored.version,
    type: stored.type.slice(stored.type.lastIndexOf('.') + 1),
    at: timestampFromDate(stored.time),
    ...(minorUnits !== null && { amount: { currencyCode, minorUnits } }),
    reason: event === undefined ? '' : reasonOf(event),
    actor,
    ...(isAuditor && { actorId, traceId: stored.traceparent?.split('-')[1] ?? '' }),
  });
}

function amountOf(event: PaymentEvent): bigint | null {
  if ('minorUnits' in event) return event.minorUnits;
  return 'givenUpMinorUnits' in event ? event.givenUpMinorUnits : null;
}

function reasonOf(event: PaymentEvent): string {
  switch (event.kind) {
    case 'declined':
      return event.declineCode;
    case 'refundRequested':
      return event.reason;
    case 'refundFailed':
      return event.code;
    default:
      return '';
  }
}

function readVersion(place: unknown): bigint | undefined {
  return typeof place === 'string' && /^[1-9][0-9]{0,17}$/.test(place) ? BigInt(place) : undefined;
}
