import { type Executed, PlatformError, type PlatformErrorOptions } from '@mainstay/kernel';
import { markRetriesSpent } from '@mainstay/resilience';
import { addExtras, extrasOf } from './error-extras.ts';
import { isFromPeer, markFromPeer } from './from-peer.ts';

/** Makes the same error with another message or other facts. */
export function reviseError(error: PlatformError, message: string, changes: PlatformErrorOptions): PlatformError {
  const { code, executed, retry, reason: name } = error;
  const revised = new PlatformError({ code, executed, retry, summary: '', operator: '', name }, message, {
    ...(error.retryAfterMs !== undefined && { retryAfterMs: error.retryAfterMs }),
    ...(error.httpStatus !== undefined && { httpStatus: error.httpStatus }),
    metadata: error.metadata,
    violations: error.violations,
    ...changes,
  });
  addExtras(revised, extrasOf(error));
  if (isFromPeer(error)) markFromPeer(revised);
  return revised;
}

const strength: Readonly<Record<Executed, number>> = { no: 0, maybe: 1, yes: 2 };

/**
 * Gives the error of a call that was tried more than once: what the last try says, and of all tries the strongest answer
 * to whether the operation ran. A second try that was refused does not undo a first that may have run.
 */
export function afterEarlierTry(earlier: PlatformError | undefined, last: PlatformError): PlatformError {
  if (earlier === undefined || strength[earlier.executed] <= strength[last.executed]) return last;
  return reviseError(last, last.rawMessage, { executed: earlier.executed, cause: last });
}

/**
 * Gives the error of a call that was repeated in vain, with the mark by which nobody further out repeats it once more.
 *
 * @param why - all tries were made, or the budget of the client is empty.
 */
export function withRetriesSpent(error: PlatformError, why: 'attempts' | 'budget'): PlatformError {
  const marked = markRetriesSpent(error, why);
  addExtras(marked, extrasOf(error));
  if (isFromPeer(error)) markFromPeer(marked);
  return marked;
}
