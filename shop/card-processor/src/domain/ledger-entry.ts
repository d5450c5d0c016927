import { z } from 'zod';

const minorUnits = z.int().min(0);

/** The answer kept for an idempotency key. */
const keptAnswerSchema = z.object({
  key: z.string(),
  fingerprint: z.string(),
  status: z.int(),
  body: z.unknown(),
  /** The answer is never given: the call was made with a silent card. */
  silent: z.boolean().optional(),
});

/** One line of the ledger. */
export const ledgerEntrySchema = z.object({
  sequence: z.int().min(1),
  kind: z.enum(['authorize', 'decline', 'capture', 'void', 'refund']),
  authorization_id: z.string(),
  refund_id: z.string().optional(),
  reference: z.string(),
  amount_minor: minorUnits,
  currency: z.string(),
  brand: z.string().optional(),
  last4: z.string().optional(),
  decline_code: z.string().optional(),
  at: z.string(),
  answer: keptAnswerSchema,
});

/** An answer that the same idempotency key gets again. */
export type KeptAnswer = z.infer<typeof keptAnswerSchema>;

/**
 * One effect on the ledger: what happened, to which authorization, and the answer that was given for it.
 *
 * Shape: `sequence` counts from 1 without gaps; `amount_minor` is what this entry moves (for `void` what it frees).
 */
export type LedgerEntry = z.infer<typeof ledgerEntrySchema>;
