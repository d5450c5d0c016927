import { httpStatusOf } from '@mainstay/kernel';
import type { ReasonTable } from './reason-tables.ts';

/**
 * The list of all reasons for programs: pages of errors, tests, clients in other languages.
 *
 * Shape: `{ reason, code, http_status, executed, retry, retry_after_ms?, summary }`, sorted by `reason`. What an operator
 * does is not in it, because it is shown to the public.
 */
export function renderReasons(tables: readonly ReasonTable[]): string {
  const rows = tables
    .flatMap(({ reasons }) => reasons)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, code, httpStatus, executed, retry, retryAfterMs, summary }) => ({
      reason: name,
      code,
      http_status: httpStatus ?? httpStatusOf(code),
      executed,
      retry,
      ...(retry === 'after' && { retry_after_ms: retryAfterMs ?? 1_000 }),
      summary,
    }));
  return `${JSON.stringify(rows, undefined, 2)}\n`;
}
