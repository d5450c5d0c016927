import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { type PaymentMethod, PaymentMethodSchema } from '@mainstay/contracts/payments/v1/payments';
import type { PaymentMethodRow } from '../store/tables.ts';

/** A stored way to pay as its owner sees it. */
export function paymentMethodMessage(row: PaymentMethodRow): PaymentMethod {
  return create(PaymentMethodSchema, {
    id: row.id,
    brand: row.brand,
    last4: row.last4,
    expiryMonth: row.expiry_month,
    expiryYear: row.expiry_year,
    createdAt: timestampFromDate(row.created_at),
  });
}
