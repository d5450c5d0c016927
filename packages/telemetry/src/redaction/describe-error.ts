import { isPlatformError, type PlatformError } from '@mainstay/kernel';
import type { Place } from './redact.ts';
import { walk } from './redact.ts';
import { redactText } from './redact-text.ts';

/**
 * Turns an error into plain data for a log line: what it is, where it came from and why, down to the first cause.
 *
 * Of foreign errors only name, message, stack, code and causes are taken: drivers hang statements, values and
 * whole requests on their errors.
 */
export function describeError(error: Error, place: Place): Record<string, unknown> {
  const described: Record<string, unknown> = isPlatformError(error)
    ? platformFields(error, place)
    : { type: error.name, message: redactText(error.message), ...codeOf(error) };
  if (typeof error.stack === 'string') described['stack'] = redactText(error.stack);
  if (error.cause !== undefined) described['cause'] = walk(error.cause, place);
  if (error instanceof AggregateError) described['errors'] = walk(error.errors, place);
  return described;
}

function platformFields(error: PlatformError, place: Place): Record<string, unknown> {
  return {
    type: 'PlatformError',
    reason: error.reason,
    code: error.code,
    message: redactText(error.rawMessage),
    executed: error.executed,
    retry: error.retry,
    ...(error.retryAfterMs === undefined ? {} : { retry_after_ms: error.retryAfterMs }),
    ...(Object.keys(error.metadata).length === 0 ? {} : { metadata: walk(error.metadata, place) }),
    ...(error.violations.length === 0 ? {} : { violations: walk(error.violations, place) }),
  };
}

function codeOf(error: Error): Record<string, unknown> {
  const code: unknown = (error as { code?: unknown }).code;
  return typeof code === 'string' || typeof code === 'number' ? { code } : {};
}
