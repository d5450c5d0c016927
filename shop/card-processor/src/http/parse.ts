import { PlatformError } from '@mainstay/kernel';
import { z } from 'zod';
import { cardNetworkReasons } from '../errors.ts';

const amountMinor = z.int().min(1).max(1_000_000_000_000);

export const authorizeBody = z.strictObject({
  token: z.string().regex(/^tok_[A-Za-z0-9_]{1,120}$/),
  amount_minor: amountMinor,
  currency: z.string().regex(/^[A-Z]{3}$/),
  reference: z.string().regex(/^[\x21-\x7e]{1,128}$/),
});

export const captureBody = z.strictObject({ amount_minor: amountMinor.optional() });

export const emptyBody = z.strictObject({});

export const refundBody = z.strictObject({ authorization_id: z.string().min(1), amount_minor: amountMinor.optional() });

export const referenceQuery = z.strictObject({ reference: z.string().min(1) });

export const ledgerQuery = z.strictObject({
  after: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(100_000).default(10_000),
});

/** Checks a body or query; every broken rule is named in one message. */
export function parse<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
  const result = schema.safeParse(input ?? {});
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`);
  throw new PlatformError(cardNetworkReasons.CARD_NETWORK_REQUEST_INVALID, problems.join('; '));
}
