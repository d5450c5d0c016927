/** An answer that the same idempotency key gets again. */
export interface KeptAnswer {
  readonly key: string;
  readonly fingerprint: string;
  readonly status: number;
  readonly body?: unknown;
  /** The answer is never given: the call was made with a silent card. */
  readonly silent?: boolean | undefined;
}

/** What an entry does to its authorization. */
export const entryKinds = ['authorize', 'decline', 'capture', 'void', 'refund'] as const;

/**
 * One effect on the ledger: what happened, to which authorization, and the answer that was given for it.
 *
 * Shape: `sequence` counts from 1 without gaps; `amount_minor` is what this entry moves (for `void` what it frees).
 */
export interface LedgerEntry {
  readonly sequence: number;
  readonly kind: (typeof entryKinds)[number];
  readonly authorization_id: string;
  readonly refund_id?: string | undefined;
  readonly reference: string;
  readonly amount_minor: number;
  readonly currency: string;
  readonly brand?: string | undefined;
  readonly last4?: string | undefined;
  readonly decline_code?: string | undefined;
  /** ISO 8601. */
  readonly at: string;
  readonly answer: KeptAnswer;
}
