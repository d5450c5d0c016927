/**
 * Two signals within this time are one wish, in milliseconds: Ctrl-C reaches us from the terminal and, under npm, once
 * more from npm, which passes it on.
 */
const sameWishMs = 500;

/** The wishes of a person to stop. */
export interface StopWishes extends Disposable {
  /** Aborted by the first SIGINT, SIGTERM or SIGHUP. */
  readonly signal: AbortSignal;
  /** Aborted by the second: do not wait any longer. */
  readonly forceSignal: AbortSignal;
}

/** Listens to Ctrl-C, SIGTERM and the closing of the terminal. @param onFirst - told at the first wish. */
export function listenToStop(onFirst: () => void): StopWishes {
  const [first, second] = [new AbortController(), new AbortController()];
  let firstAtMs = 0;
  const onSignal = (): void => {
    if (!first.signal.aborted) {
      firstAtMs = performance.now();
      onFirst();
      first.abort();
    } else if (performance.now() - firstAtMs >= sameWishMs) {
      second.abort();
    }
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, onSignal);
  return {
    signal: first.signal,
    forceSignal: second.signal,
    [Symbol.dispose]() {
      for (const signal of signals) process.off(signal, onSignal);
    },
  };
}
