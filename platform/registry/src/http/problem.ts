import { httpStatusOf, type PlatformError } from '@mainstay/kernel';

/** An error as an RFC 9457 problem document. */
export interface Problem {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/**
 * Writes an error as a problem document; `internal` and `unknown` show a generic sentence.
 *
 * @param request - path of the request and id of its trace.
 */
export function problemOf(error: PlatformError, request: { readonly path: string; readonly traceId: string }): Problem {
  const status = error.httpStatus ?? httpStatusOf(error.code);
  const isHidden = error.code === 'internal' || error.code === 'unknown';
  return {
    status,
    body: {
      type: `urn:mainstay:error:${error.reason}`,
      title: titleOf(error.reason),
      status,
      detail: isHidden ? 'Something went wrong inside; the log line has the trace id' : error.rawMessage,
      instance: request.path,
      reason: error.reason,
      trace_id: request.traceId,
      retryable: error.retry !== 'never',
      executed: error.executed,
      ...(error.violations.length === 0 ? {} : { violations: error.violations }),
      ...error.metadata,
    },
  };
}

function titleOf(reason: string): string {
  const words = reason.toLowerCase().replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
