import type { Clock } from '@mainstay/kernel';

/** Resolves true when a promise is still open after a time, false when it ended before, well or not. */
export function staysSilent(promise: Promise<unknown>, clock: Clock, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const cancel = clock.after(ms, () => resolve(true));
    const end = (): void => {
      cancel();
      resolve(false);
    };
    promise.then(end, end);
  });
}
