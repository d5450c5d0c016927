import { PlatformError } from '@mainstay/kernel';
import { paymentsReasons } from '../errors.ts';

/** The error of a payment that does not exist, or that the caller may not see. */
export function paymentNotFound(asked: { readonly payment_id: string } | { readonly order_id: string }): PlatformError {
  const what = 'payment_id' in asked ? `payment ${JSON.stringify(asked.payment_id)}` : 'a payment of this order';
  return new PlatformError(paymentsReasons.PAYMENT_NOT_FOUND, `${what} was not found`, { metadata: asked });
}
