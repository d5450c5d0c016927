import { isPlatformError, type PlatformError } from '@mainstay/kernel';
import { redactText } from './redact-text.ts';

/**
 * Turns an error into plain data for a log line: what it is, where it came from and why, down to the first cause.
 *
 * Of foreign errors only name, message, stack, code and causes are taken: drivers hang statements, values and
 * whole requests on their errors.
 *
 * @param clean - copies a value inside the error without secrets.
 */
export function describeError(error: Error, clean: (value: unknown) => unknown): Record<string, unknown> {
  const described: Record<string, unknown> = isPlatformError(error)
    ? platformFields(error, clean)
    : { type: error.name, message: redactText(error.message), ...codeOf(error) };
  if (typeof error.stack === 'string') described['stack'] = redactText(error.stack);
  if (error.cause !== undefined) described['cause'] = clean(error.cause);
  if (error instanceof AggregateError) described['errors'] = clean(error.errors);
  return described;
}

function platformFields(error: PlatformError, clean: (value: unknown) => unknown): Record<string, unknown> {
  return {
    type: 'PlatformError',
    reason: error.reason,
    code: error.code,
    message: redactText(error.rawMessage),
    executed: error.executed,
    retry: error.retry,
    ...(error.retryAfterMs === undefined ? {} : { retry_after_ms: error.retryAfterMs }),
    ...(Object.keys(error.metadata).length === 0 ? {} : { metadata: clean(error.metadata) }),
    ...(error.violations.length === 0 ? {} : { violations: clean(error.violations) }),
  };
}

function codeOf(error: Error): Record<string, unknown> {
  const code: unknown = (error as { code?: unknown }).code;
  return typeof code === 'string' || typeof code === 'number' ? { code } : {};
}
