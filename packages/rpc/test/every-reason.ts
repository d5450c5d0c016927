import reasons from '@mainstay/contracts/reasons.json' with { type: 'json' };
import { type Code, type Executed, httpStatusOf, type Reason, type Retry } from '@mainstay/kernel';

/** Every reason that any package, platform part or service of the tree declares, from the generated list. */
export const everyReason: readonly Reason[] = reasons.map((row) => {
  const code = row.code as Code;
  return {
    name: row.reason,
    code,
    executed: row.executed as Executed,
    retry: row.retry as Retry,
    ...('retry_after_ms' in row && { retryAfterMs: row.retry_after_ms as number }),
    ...(row.http_status !== httpStatusOf(code) && { httpStatus: row.http_status }),
    summary: row.summary,
    operator: '',
  };
});
