import type { ColumnType, Generated, Selectable } from 'kysely';
import type { PaymentState } from '../domain/payment-state.ts';

type Timestamp = ColumnType<Date, Date | undefined, Date>;

/** Table `payments`, one row an order; see the migration for what its nullable columns mean. */
export interface PaymentsTable {
  id: string;
  order_id: string;
  user_id: string | null;
  amount_minor_units: bigint;
  currency_code: string;
  status: PaymentState;
  authorization_id: string | null;
  captured_minor_units: Generated<bigint>;
  refunded_minor_units: Generated<bigint>;
  decline_code: string | null;
  closed_at: Date | null;
  recheck_at: Date | null;
  /** Version of the payment's stream that the row shows. */
  version: bigint;
  created_at: Timestamp;
  updated_at: Timestamp;
}

/** What was asked of the processor. */
export type TransactionKind = 'authorize' | 'capture' | 'void' | 'refund';
/** What came of it. */
export type TransactionOutcome = 'succeeded' | 'declined' | 'failed' | 'unknown';

/** Table `payment_transactions`, append only. */
export interface PaymentTransactionsTable {
  id: string;
  payment_id: string;
  kind: TransactionKind;
  outcome: TransactionOutcome;
  amount_minor_units: bigint;
  currency_code: string;
  processor_reference: string | null;
  decline_code: string | null;
  at: Date;
  /** Version of the event that brought it. */
  version: bigint;
}

/** Table `refunds`; a pending one holds its amount until the processor has answered. */
export interface RefundsTable {
  id: string;
  payment_id: string;
  name: string;
  amount_minor_units: bigint;
  reason: string;
  status: Generated<'pending' | 'succeeded' | 'failed'>;
  processor_reference: string | null;
  created_at: Timestamp;
  updated_at: Timestamp;
}

/** Table `payment_methods`. */
export interface PaymentMethodsTable {
  id: string;
  user_id: string;
  token_encrypted: Buffer;
  token_hash: Buffer;
  brand: string;
  last4: string;
  expiry_month: number;
  expiry_year: number;
  created_at: Timestamp;
}

/** The service's database. */
export interface PaymentsDatabase {
  payments: PaymentsTable;
  payment_transactions: PaymentTransactionsTable;
  refunds: RefundsTable;
  payment_methods: PaymentMethodsTable;
}

export type PaymentRow = Selectable<PaymentsTable>;
export type TransactionRow = Selectable<PaymentTransactionsTable>;
export type RefundRow = Selectable<RefundsTable>;
export type PaymentMethodRow = Selectable<PaymentMethodsTable>;
