import { create } from '@bufbuild/protobuf';
import {
  type CreatePaymentMethodRequest,
  type CreatePaymentMethodResponse,
  CreatePaymentMethodResponseSchema,
} from '@mainstay/contracts/payments/v1/payments';
import { PlatformError, uuidv7 } from '@mainstay/kernel';
import { paymentsReasons } from '../errors.ts';
import { upsertPaymentMethod } from '../store/payment-methods-store.ts';
import type { PaymentsDependencies } from '../workflows/dependencies.ts';
import { callingUserId } from './caller.ts';
import { paymentMethodMessage } from './payment-method-message.ts';

/** Stores a way to pay; the token is encrypted, and what is shown of the card comes from the processor. */
export async function createPaymentMethod(
  deps: PaymentsDependencies,
  request: CreatePaymentMethodRequest,
): Promise<CreatePaymentMethodResponse> {
  const userId = callingUserId();
  const facts = await deps.processor.describeToken(request.token);
  if (facts === undefined) {
    throw new PlatformError(paymentsReasons.PAYMENT_TOKEN_UNKNOWN, 'the card processor does not know this token', {
      violations: [{ field: 'token', rule: 'token.unknown', message: 'is not known to the card processor' }],
    });
  }
  const row = await upsertPaymentMethod(deps.database.kysely, {
    id: uuidv7(deps.clock),
    user_id: userId,
    token_encrypted: deps.tokens.seal(request.token, userId),
    token_hash: deps.tokens.fingerprint(request.token),
    brand: facts.brand,
    last4: facts.last4,
    expiry_month: facts.expiry_month,
    expiry_year: facts.expiry_year,
  });
  return create(CreatePaymentMethodResponseSchema, { paymentMethod: paymentMethodMessage(row) });
}
