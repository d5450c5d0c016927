import { isBeingPlaced, type OrderStatus } from './order-status.ts';

/** What the books say about the payment of an order, in minor units; `processor…` is what the card processor says. */
export interface PaymentBooks {
  readonly state: 'pending' | 'authorized' | 'captured' | 'declined' | 'voided' | 'partially_refunded' | 'refunded';
  readonly captured: bigint;
  readonly refunded: bigint;
  readonly processorHeld: bigint;
  readonly processorCaptured: bigint;
  readonly processorRefunded: bigint;
}

/** Where the stock of an order stands. */
export type StockState = 'none' | 'held' | 'released' | 'expired' | 'committed' | 'restocked';

/** Everything that is known about one order, in all books. No saga drives it, and nothing changed lately. */
export interface OrderBooks {
  /** Undefined when orders do not know it. */
  readonly order: { readonly status: OrderStatus; readonly total: bigint } | undefined;
  /** Undefined when it never had one. */
  readonly payment: PaymentBooks | undefined;
  readonly stock: StockState;
}

/** A call that mends a disagreement; each may be repeated, and does nothing where there is nothing to do. */
export type Repair = 'cancel_payment' | 'capture_payment' | 'commit_stock' | 'release_stock' | 'restock';

/** Two books that do not fit each other. */
export interface Disagreement {
  readonly kind:
    | 'charge_of_no_order'
    | 'stock_of_no_order'
    | 'order_stranded'
    | 'charge_kept'
    | 'charge_missing'
    | 'charge_unrecorded'
    | 'amount_differs'
    | 'processor_differs'
    | 'stock_kept'
    | 'stock_missing'
    | 'charge_unknown';
  readonly message: string;
  /** Absent when only a person can say what is right. */
  readonly repair?: Repair;
}

/**
 * Tells where the books of an order disagree; pure.
 *
 * Mended is what has one right end: nothing may be left of a dead order, and a confirmed one has its money and its stock. What
 * no order explains is never touched: after a loss of the orders' database it would give back what customers bought.
 */
export function findDisagreements({ order, payment, stock }: OrderBooks): readonly Disagreement[] {
  if (order === undefined) return ofNoOrder(payment, stock);
  if (isBeingPlaced(order.status)) {
    return [{ kind: 'order_stranded', message: `the order is ${order.status} and no saga drives it` }];
  }
  if (order.status === 'cancelled' || order.status === 'returned') return ofDeadOrder(order.status, payment, stock);
  return [...soldMoney(order, payment), ...soldStock(order.status, stock)];
}

function ofNoOrder(payment: PaymentBooks | undefined, stock: StockState): readonly Disagreement[] {
  const found: Disagreement[] = [];
  const left = payment === undefined ? 0n : leftOf(payment);
  if (left > 0n)
    found.push({ kind: 'charge_of_no_order', message: `${left} minor units of an order that is not known` });
  if (takesStock(stock))
    found.push({ kind: 'stock_of_no_order', message: `stock is ${stock} for an order that is not known` });
  return found;
}

function ofDeadOrder(
  status: OrderStatus,
  payment: PaymentBooks | undefined,
  stock: StockState,
): readonly Disagreement[] {
  const found: Disagreement[] = [];
  const left = payment === undefined ? 0n : leftOf(payment);
  if (payment !== undefined && left > 0n) {
    const message = `the order is ${status}, and ${left} minor units of it are not given back`;
    // Of a payment that is over in our own books a cancelling changes nothing any more.
    const isOver = ['declined', 'voided', 'refunded'].includes(payment.state);
    found.push({ kind: 'charge_kept', message, ...(!isOver && { repair: 'cancel_payment' }) });
  }
  if (takesStock(stock)) {
    const repair = stock === 'held' ? 'release_stock' : 'restock';
    found.push({ kind: 'stock_kept', message: `the order is ${status}, and its stock is ${stock}`, repair });
  }
  return found;
}

function soldMoney(
  { status, total }: NonNullable<OrderBooks['order']>,
  payment: PaymentBooks | undefined,
): readonly Disagreement[] {
  const captured = payment?.captured ?? 0n;
  const processorCaptured = payment?.processorCaptured ?? 0n;
  if (captured === 0n && processorCaptured === 0n) {
    const canCapture = payment?.state === 'authorized' && payment.processorHeld === total;
    const message = `the order is ${status}, and its ${total} minor units are not charged`;
    return [{ kind: 'charge_missing', message, ...(canCapture && { repair: 'capture_payment' }) }];
  }
  if (captured === 0n && processorCaptured === total && payment?.state === 'authorized') {
    const message = `the processor charged ${total} minor units, and the payment does not know of it`;
    return [{ kind: 'charge_unrecorded', message, repair: 'capture_payment' }];
  }
  if (captured !== total) {
    return [{ kind: 'amount_differs', message: `the order is of ${total} minor units, charged are ${captured}` }];
  }
  const refunded = payment?.refunded ?? 0n;
  const processorRefunded = payment?.processorRefunded ?? 0n;
  if (processorCaptured === captured && processorRefunded === refunded) return [];
  const message =
    `we have ${captured} minor units charged and ${refunded} given back, ` +
    `the processor ${processorCaptured} and ${processorRefunded}`;
  return [{ kind: 'processor_differs', message }];
}

function soldStock(status: OrderStatus, stock: StockState): readonly Disagreement[] {
  if (stock === 'committed') return [];
  const message = `the order is ${status}, and its stock is ${stock}`;
  const canCommit = stock === 'held' || stock === 'expired';
  return [{ kind: 'stock_missing', message, ...(canCommit && { repair: 'commit_stock' }) }];
}

/** Held or charged and not given back, by whichever book says more. */
function leftOf(payment: PaymentBooks): bigint {
  const { captured, refunded, processorHeld, processorCaptured, processorRefunded } = payment;
  const ours = captured - refunded;
  const theirs = processorHeld + processorCaptured - processorRefunded;
  return ours > theirs ? ours : theirs;
}

function takesStock(stock: StockState): boolean {
  return stock === 'held' || stock === 'committed';
}
