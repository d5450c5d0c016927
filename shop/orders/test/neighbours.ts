import { create } from '@bufbuild/protobuf';
import { PaymentSchema, PaymentStatus, PaymentsService } from '@mainstay/contracts/payments/v1/payments';
import { type Product, ProductSchema, ProductsService } from '@mainstay/contracts/products/v1/products';
import { UsersService } from '@mainstay/contracts/users/v1/users';
import { defineReasons, PlatformError, uuidv7 } from '@mainstay/kernel';
import { bindService, type ServiceBinding } from '@mainstay/rpc';

const reasons = defineReasons({
  RESERVATION_CLOSED: { code: 'failed_precondition', executed: 'no', retry: 'never', summary: '', operator: '' },
  RESERVATION_COMMITTED: { code: 'failed_precondition', executed: 'no', retry: 'never', summary: '', operator: '' },
  PAYMENT_CLOSED: { code: 'failed_precondition', executed: 'no', retry: 'never', summary: '', operator: '' },
  NEIGHBOUR_DOWN: { code: 'unavailable', executed: 'no', retry: 'now', summary: '', operator: '' },
});

type Method =
  | 'validateUser'
  | 'batchGetProducts'
  | 'reserveStock'
  | 'releaseStock'
  | 'commitStock'
  | 'restock'
  | 'authorizePayment'
  | 'capturePayment'
  | 'cancelPayment';

interface Reservation {
  status: 'held' | 'released' | 'committed' | 'restocked';
  readonly lines: readonly { readonly productId: string; readonly quantity: number }[];
}

interface Payment {
  readonly id: string;
  readonly amount: bigint;
  status: 'authorized' | 'captured' | 'declined' | 'voided' | 'refunded';
}

/** Users, products and payments behind their contracts, in memory, with the promises that the contracts make. */
export class Neighbours {
  readonly closedUsers = new Set<string>();
  readonly products = new Map<string, Product>();
  readonly reservations = new Map<string, Reservation>();
  readonly payments = new Map<string, Payment>();
  readonly closedPayments = new Set<string>();
  /** Calls that arrived, in order, for the orders' saga and its undoing. */
  readonly calls: Method[] = [];
  /** Tokens that payments were authorised with. */
  readonly tokens: string[] = [];
  /** Runs when a call arrives, before anything happens; throws to refuse it. */
  onArrival: (method: Method) => void | Promise<void> = () => undefined;

  addProduct(stock: number, priceMinorUnits = 1_999n, currencyCode = 'USD'): Product {
    const id = uuidv7();
    const product = create(ProductSchema, {
      id,
      name: `Product ${id.slice(-4)}`,
      sku: `SKU-${id.slice(-12)}`,
      price: { currencyCode, minorUnits: priceMinorUnits },
      stockQuantity: stock,
      active: true,
    });
    this.products.set(id, product);
    return product;
  }

  /** The refusal of a service that is not there. */
  down(): PlatformError {
    return new PlatformError(reasons.NEIGHBOUR_DOWN, 'nobody answers');
  }

  bindings(): readonly ServiceBinding[] {
    const arrive = async (method: Method): Promise<void> => {
      this.calls.push(method);
      await this.onArrival(method);
    };
    const users = bindService(UsersService, {
      validateUser: async ({ userId }) => {
        await arrive('validateUser');
        return this.closedUsers.has(userId) ? { valid: false, reason: 'DEACTIVATED' } : { valid: true };
      },
    });
    const products = bindService(ProductsService, {
      batchGetProducts: async ({ ids }) => {
        await arrive('batchGetProducts');
        return { products: ids.flatMap((id) => this.products.get(id) ?? []) };
      },
      reserveStock: async ({ orderId, lines }) => {
        await arrive('reserveStock');
        return this.#reserve(orderId, lines);
      },
      releaseStock: async ({ orderId }) => {
        await arrive('releaseStock');
        return { released: this.#release(orderId) };
      },
      commitStock: async ({ orderId }) => {
        await arrive('commitStock');
        this.#commit(orderId);
        return {};
      },
      restock: async ({ orderId }) => {
        await arrive('restock');
        return { restocked: this.#restock(orderId) };
      },
    });
    const payments = bindService(PaymentsService, {
      authorizePayment: async ({ orderId, amount, token }) => {
        await arrive('authorizePayment');
        this.tokens.push(token);
        const payment = this.#authorize(orderId, { amount: amount?.minorUnits ?? 0n, token });
        return { payment: paymentMessage(payment), ...(payment.status === 'declined' && { decline }) };
      },
      capturePayment: async ({ orderId }) => {
        await arrive('capturePayment');
        if (this.closedPayments.has(orderId)) throw new PlatformError(reasons.PAYMENT_CLOSED, 'closed');
        const payment = this.payments.get(orderId)!;
        if (payment.status === 'authorized') payment.status = 'captured';
        return { payment: paymentMessage(payment) };
      },
      cancelPayment: async ({ orderId }) => {
        await arrive('cancelPayment');
        this.closedPayments.add(orderId);
        const payment = this.payments.get(orderId);
        if (payment?.status === 'authorized') payment.status = 'voided';
        if (payment?.status === 'captured') payment.status = 'refunded';
        return payment === undefined ? {} : { payment: paymentMessage(payment) };
      },
    });
    return [users, products, payments];
  }

  #reserve(orderId: string, lines: Reservation['lines']) {
    const before = this.reservations.get(orderId);
    if (before?.status === 'released') throw new PlatformError(reasons.RESERVATION_CLOSED, 'closed');
    const reserved = { case: 'reserved' as const, value: { id: orderId, orderId } };
    if (before !== undefined) return { outcome: reserved };
    const shortages = lines.flatMap(({ productId, quantity }) => {
      const availableQuantity = this.availableOf(productId);
      return availableQuantity >= quantity ? [] : [{ productId, requestedQuantity: quantity, availableQuantity }];
    });
    if (shortages.length > 0) return { outcome: { case: 'short' as const, value: { shortages } } };
    this.reservations.set(orderId, { status: 'held', lines });
    return { outcome: reserved };
  }

  #release(orderId: string): boolean {
    const hold = this.reservations.get(orderId);
    if (hold?.status === 'committed') throw new PlatformError(reasons.RESERVATION_COMMITTED, 'sold');
    if (hold === undefined) this.reservations.set(orderId, { status: 'released', lines: [] });
    else if (hold.status === 'held') hold.status = 'released';
    return hold !== undefined;
  }

  #commit(orderId: string): void {
    const hold = this.reservations.get(orderId);
    if (hold?.status === 'held') hold.status = 'committed';
    if (hold?.status !== 'committed') throw new PlatformError(reasons.RESERVATION_CLOSED, 'closed');
  }

  #restock(orderId: string): boolean {
    const hold = this.reservations.get(orderId);
    if (hold?.status === 'committed') hold.status = 'restocked';
    return hold?.status === 'restocked';
  }

  #authorize(orderId: string, { amount, token }: { readonly amount: bigint; readonly token: string }): Payment {
    if (this.closedPayments.has(orderId)) throw new PlatformError(reasons.PAYMENT_CLOSED, 'closed');
    const payment: Payment = this.payments.get(orderId) ?? {
      id: uuidv7(),
      amount,
      status: token === 'tok_declined' ? 'declined' : 'authorized',
    };
    this.payments.set(orderId, payment);
    return payment;
  }

  /** Pieces that nobody holds or bought. */
  availableOf(productId: string): number {
    let available = this.products.get(productId)?.stockQuantity ?? 0;
    for (const { status, lines } of this.reservations.values()) {
      if (status !== 'held' && status !== 'committed') continue;
      for (const line of lines) if (line.productId === productId) available -= line.quantity;
    }
    return available;
  }

  /** What an order's payment left with the shop. */
  paidFor(orderId: string): bigint {
    const payment = this.payments.get(orderId);
    return payment?.status === 'captured' ? payment.amount : 0n;
  }
}

const decline = { code: 'card_declined', message: 'The card was declined.' };

function paymentMessage({ id }: Payment) {
  return create(PaymentSchema, { id, status: PaymentStatus.UNSPECIFIED });
}
