import { type Code, toPlatformError } from '@mainstay/kernel';

const unserved: ReadonlySet<Code> = new Set([
  'unavailable',
  'deadline_exceeded',
  'resource_exhausted',
  'internal',
  'unknown',
  'data_loss',
]);

/**
 * Tells whether an error means that the dependency gave no answer, so that another answer may stand in for it.
 *
 * `not_found`, `invalid_argument` and the like are answers; a `canceled` call has nobody who waits.
 */
export function isUnserved(error: unknown): boolean {
  return unserved.has(toPlatformError(error).code);
}
