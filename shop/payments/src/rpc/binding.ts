import { PaymentsService } from '@mainstay/contracts/payments/v1/payments';
import { bindService, type ServiceBinding } from '@mainstay/rpc';
import type { KeyedMethods } from '@mainstay/service';
import type { PaymentsDependencies } from '../workflows/dependencies.ts';
import { authorizePayment } from './authorize-payment.ts';
import { cancelPayment } from './cancel-payment.ts';
import { capturePayment } from './capture-payment.ts';
import { createPaymentMethod } from './create-payment-method.ts';
import { getPayment } from './get-payment.ts';
import { getPaymentByOrder } from './get-payment-by-order.ts';
import { getPaymentHistory } from './get-payment-history.ts';
import { listPaymentMethods } from './list-payment-methods.ts';
import { listProcessorCharges } from './list-processor-charges.ts';
import { batchGetPaymentBooks } from './payment-books.ts';
import { refundPayment } from './refund-payment.ts';

/** Binds every method of the contract to its function. */
export function paymentsBinding(deps: PaymentsDependencies): ServiceBinding {
  return bindService(PaymentsService, {
    createPaymentMethod: (request) => createPaymentMethod(deps, request),
    listPaymentMethods: () => listPaymentMethods(deps),
    getPayment: (request) => getPayment(deps, request),
    getPaymentHistory: (request) => getPaymentHistory(deps, request),
    refundPayment: (request) => refundPayment(deps, request),
    getPaymentByOrder: (request) => getPaymentByOrder(deps, request),
    authorizePayment: (request) => authorizePayment(deps, request),
    capturePayment: (request) => capturePayment(deps, request),
    cancelPayment: (request) => cancelPayment(deps, request),
    batchGetPaymentBooks: (request) => batchGetPaymentBooks(deps, request),
    listProcessorCharges: (request) => listProcessorCharges(deps, request),
  });
}

/** Everything that asks the processor is more than one transaction; what it did is found again by the order, a refund by the call's effect. */
export function keyedPayments({ tokens }: Pick<PaymentsDependencies, 'tokens'>): KeyedMethods {
  const { authorizePayment, capturePayment, cancelPayment, refundPayment } = PaymentsService.method;
  return {
    staged: [authorizePayment, capturePayment, cancelPayment, refundPayment],
    protectFingerprint: (fingerprint) => tokens.fingerprint(fingerprint),
  };
}
