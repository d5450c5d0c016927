import { toPlatformError } from '@mainstay/kernel';
import type { CallFacts } from '../policy/policy-types.ts';
import type { Places } from './places.ts';

/**
 * Waits until a place is given.
 *
 * @throws {@link PlatformError} when the line is full, the wait is over, or the signal aborts.
 */
export async function waitForPlace(places: Places, facts: CallFacts): Promise<void> {
  const signal = facts.cancellation?.signal ?? facts.signal;
  let stopListening = (): void => undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      const waiter = places.wait(facts, { admit: resolve, refuse: reject });
      if (waiter === undefined || signal === undefined) return;
      const onAbort = (): void => {
        places.leave(waiter);
        reject(toPlatformError(signal.reason));
      };
      signal.addEventListener('abort', onAbort, { once: true });
      stopListening = () => signal.removeEventListener('abort', onAbort);
    });
  } finally {
    stopListening();
  }
}
