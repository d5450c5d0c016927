import type { QuotaDecision } from './client-quota.ts';

/** Calls of the month: how many there are, how many are left, and the seconds until the next month begins. */
export function quotaHeaders({ quota, remaining, resetInMs }: QuotaDecision): Readonly<Record<string, string>> {
  return {
    'x-quota-limit': String(quota),
    'x-quota-remaining': String(remaining),
    'x-quota-reset-after': String(Math.ceil(resetInMs / 1_000)),
  };
}
