import type { Timestamp } from '@bufbuild/protobuf/wkt';
import { timestampDate } from '@bufbuild/protobuf/wkt';
import { type PaymentBook, PaymentStatus } from '@mainstay/contracts/payments/v1/payments';
import { ReservationStatus } from '@mainstay/contracts/products/v1/products';
import type { OrderBooks, PaymentBooks, StockState } from '../domain/disagreements.ts';
import { readCompared } from '../store/reconciliation-store.ts';
import type { Reconciling } from './reconciling.ts';

/** The books of one order that can be compared now. */
export interface ReadBooks {
  readonly subject: string;
  readonly books: OrderBooks;
}

const states: Readonly<Record<number, PaymentBooks['state']>> = {
  [PaymentStatus.PENDING]: 'pending',
  [PaymentStatus.AUTHORIZED]: 'authorized',
  [PaymentStatus.CAPTURED]: 'captured',
  [PaymentStatus.DECLINED]: 'declined',
  [PaymentStatus.VOIDED]: 'voided',
  [PaymentStatus.PARTIALLY_REFUNDED]: 'partially_refunded',
  [PaymentStatus.REFUNDED]: 'refunded',
};
const stocks: Readonly<Record<number, StockState>> = {
  [ReservationStatus.HELD]: 'held',
  [ReservationStatus.RELEASED]: 'released',
  [ReservationStatus.EXPIRED]: 'expired',
  [ReservationStatus.COMMITTED]: 'committed',
  [ReservationStatus.RESTOCKED]: 'restocked',
};

/**
 * Reads all books of orders, and leaves out those that are under way: driven by a saga, changed lately, or being settled.
 *
 * A book that cannot be read fails the whole reading, so that what is not readable is never taken for what is not there.
 * The order itself is read last: one that began or moved while the others were read is left out by its age.
 */
export async function readBooks(
  { database, payments, products, clock, minAgeMs }: Reconciling,
  subjects: readonly string[],
  signal: AbortSignal,
): Promise<readonly ReadBooks[]> {
  if (subjects.length === 0) return [];
  const orderIds = [...subjects];
  // From before the first book: one that changed while they were read fits the others no longer, however long that took.
  const youngest = clock.nowMs() - minAgeMs;
  const [{ books }, { reservations }] = await Promise.all([
    payments.batchGetPaymentBooks({ orderIds }, { signal }),
    products.batchGetReservations({ orderIds }, { signal }),
  ]);
  const orders = new Map((await readCompared(database, subjects)).map((order) => [order.id, order]));
  return subjects.flatMap((subject) => {
    const order = orders.get(subject);
    const payment = books.find(({ orderId }) => orderId === subject);
    const reservation = reservations.find(({ orderId }) => orderId === subject);
    const changes = [order?.updatedAt, dateOf(payment?.updatedAt), dateOf(reservation?.updatedAt)];
    const isYoung = changes.some((at) => at !== undefined && at.getTime() > youngest);
    if (isYoung || order?.isDriven === true || payment?.settling === true) return [];
    return [
      {
        subject,
        books: {
          order: order === undefined ? undefined : { status: order.status, total: order.total },
          payment: payment === undefined ? undefined : paymentBooks(payment),
          stock: stocks[reservation?.status ?? ReservationStatus.UNSPECIFIED] ?? 'none',
        },
      },
    ];
  });
}

function paymentBooks(book: PaymentBook): PaymentBooks {
  return {
    state: states[book.status] ?? 'pending',
    captured: book.capturedAmount?.minorUnits ?? 0n,
    refunded: book.refundedAmount?.minorUnits ?? 0n,
    processorHeld: book.processorHeldAmount?.minorUnits ?? 0n,
    processorCaptured: book.processorCapturedAmount?.minorUnits ?? 0n,
    processorRefunded: book.processorRefundedAmount?.minorUnits ?? 0n,
  };
}

function dateOf(at: Timestamp | undefined): Date | undefined {
  return at === undefined ? undefined : timestampDate(at);
}
