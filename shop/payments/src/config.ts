import { defineConfig } from '@mainstay/config';
import { z } from 'zod';

const positive = z.coerce.number().int().positive();

/** Settings of the payments service; the environment name is `PAYMENTS_` and the key in upper case. */
export const paymentsConfig = defineConfig({
  name: 'payments',
  keys: {
    'processor.url': {
      schema: z.url(),
      description: 'Base address of the card processor',
      reloadable: false,
    },
    'processor.api_key': {
      schema: z.string().min(8),
      secret: true,
      description: 'Key that the card processor gave us',
      reloadable: false,
    },
    'processor.timeout_ms': {
      schema: positive.min(100).max(60_000),
      default: 4_000,
      unit: 'ms',
      description: 'How long an answer of the processor is waited for before its outcome is asked for',
      reloadable: false,
    },
    'settlement.interval_ms': {
      schema: positive.min(100),
      default: 5_000,
      unit: 'ms',
      description: 'How often unfinished refunds and holds of undone orders are looked for',
      reloadable: false,
    },
    token_key: {
      schema: z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hex digits'),
      secret: true,
      description: 'Key that encrypts stored payment tokens, 32 bytes in hex',
      reloadable: false,
    },
  },
});
