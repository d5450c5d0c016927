import { randomUUID } from 'node:crypto';
import { toPlatformError } from '@mainstay/kernel';
import { withContext } from '@mainstay/kernel/context';
import { createPauses, type PauseOptions } from './pauses.ts';

/** Options of {@link keyedCall}. */
export interface KeyedCallOptions extends PauseOptions {
  /** Default a random one, for an intention that does not outlive this process; one that does keeps its key with it. */
  readonly key?: string;
}

/**
 * Makes a keyed call to a service, with one key over all attempts.
 *
 * Repeats it while its errors say that this makes sense, after the pause that they ask for; above what the client's transport repeats by itself.
 *
 * @throws what the last attempt threw, as a {@link PlatformError}; `canceled` when the signal ends a pause.
 * @example
 * const response = await keyedCall(() => orders.createOrder(request), { maxAttempts: 5 });
 */
export async function keyedCall<T>(run: (key: string) => Promise<T>, options: KeyedCallOptions = {}): Promise<T> {
  const { key = randomUUID() } = options;
  const pauses = createPauses(options);
  for (;;) {
    try {
      return await withContext({ idempotencyKey: key }, () => run(key));
    } catch (thrown) {
      const error = toPlatformError(thrown);
      if (error.retry === 'never' || !(await pauses.next(error.retryAfterMs))) throw error;
    }
  }
}
