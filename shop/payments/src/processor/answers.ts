import { z } from 'zod';

/** An authorisation as the processor tells of it. */
export const authorizationAnswer = z.object({
  id: z.string().min(1),
  status: z.enum(['authorized', 'captured', 'partially_refunded', 'refunded', 'voided', 'declined']),
  amount_minor: z.number().int(),
  currency: z.string(),
  reference: z.string(),
  captured_minor: z.number().int(),
  refunded_minor: z.number().int(),
  decline_code: z.string().nullable(),
});
export type Authorization = z.infer<typeof authorizationAnswer>;

export const authorizationsAnswer = z.object({ authorizations: z.array(authorizationAnswer) });
export const declineAnswer = z.object({ authorization: authorizationAnswer });
export const refundAnswer = z.object({ id: z.string().min(1), authorization: authorizationAnswer });
/** A line of the processor's books, as far as it is compared with ours. */
const ledgerEntry = z.object({
  sequence: z.number().int(),
  reference: z.string(),
  at: z.iso.datetime(),
});
export const ledgerAnswer = z.object({ entries: z.array(ledgerEntry) });
export type LedgerEntry = z.infer<typeof ledgerEntry>;
export const errorAnswer = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

/** What the processor tells of a token; never the card's number. */
export const tokenAnswer = z.object({
  brand: z.string(),
  last4: z.string(),
  expiry_month: z.number().int(),
  expiry_year: z.number().int(),
});
export type TokenFacts = z.infer<typeof tokenAnswer>;
