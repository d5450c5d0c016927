import { z } from 'zod';
import { entryKinds, type LedgerEntry } from '../domain/ledger-entry.ts';

const text = z.string();

const schema = z.object({
  sequence: z.int().min(1),
  kind: z.enum(entryKinds),
  authorization_id: text,
  refund_id: text.optional(),
  reference: text,
  amount_minor: z.int().min(0),
  currency: text,
  brand: text.optional(),
  last4: text.optional(),
  decline_code: text.optional(),
  at: text,
  answer: z.object({
    key: text,
    fingerprint: text,
    status: z.int(),
    body: z.unknown(),
    silent: z.boolean().optional(),
  }),
}) satisfies z.ZodType<LedgerEntry>;

/** Reads a line of the ledger; throws when it is no entry. */
export function parseEntry(line: string): LedgerEntry {
  return schema.parse(JSON.parse(line));
}
