import type { LedgerEntry } from './ledger-entry.ts';

/** Sums of the whole ledger in one currency, minor units. `net` is captured less refunded. */
export interface LedgerTotals {
  readonly authorized_minor: number;
  readonly declined_minor: number;
  readonly captured_minor: number;
  readonly voided_minor: number;
  readonly refunded_minor: number;
  readonly net_minor: number;
}

const zero: LedgerTotals = {
  authorized_minor: 0,
  declined_minor: 0,
  captured_minor: 0,
  voided_minor: 0,
  refunded_minor: 0,
  net_minor: 0,
};

const fieldOf = {
  authorize: 'authorized_minor',
  decline: 'declined_minor',
  capture: 'captured_minor',
  void: 'voided_minor',
  refund: 'refunded_minor',
} as const satisfies Record<LedgerEntry['kind'], keyof LedgerTotals>;

/** Totals with one more entry. */
export function addToTotals(totals: LedgerTotals | undefined, entry: LedgerEntry): LedgerTotals {
  const before = totals ?? zero;
  const field = fieldOf[entry.kind];
  const next = { ...before, [field]: before[field] + entry.amount_minor };
  return { ...next, net_minor: next.captured_minor - next.refunded_minor };
}
