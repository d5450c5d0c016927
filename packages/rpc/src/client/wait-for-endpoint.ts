import type { Clock } from '@mainstay/kernel';

/** How often endpoints are looked at when nobody tells of their changes. */
const lookEveryMs = 50;

/** How to learn of changes. */
export interface WaitOptions {
  readonly clock: Clock;
  /** Calls back at every change of the endpoints; the returned function ends it. */
  readonly onChange: ((callback: () => void) => () => void) | undefined;
}

/** Resolves at the next change of the endpoints, or when the signal aborts; never rejects. */
export async function waitForEndpoint(signal: AbortSignal, { clock, onChange }: WaitOptions): Promise<void> {
  const woken = new AbortController();
  const wake = (): void => woken.abort();
  const stopListening = onChange?.(wake);
  signal.addEventListener('abort', wake, { once: true });
  try {
    if (signal.aborted) return;
    // Woken early, or the time is over: the caller looks again either way.
    await clock.sleep(onChange === undefined ? lookEveryMs : 1_000, woken.signal).catch(() => undefined);
  } finally {
    stopListening?.();
    signal.removeEventListener('abort', wake);
  }
}
