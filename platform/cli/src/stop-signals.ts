/**
 * Two signals within this time are one wish, in milliseconds: Ctrl-C reaches us from the terminal and, under npm, once
 * more from npm, which passes it on.
 */
const sameWishMs = 500;

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

type StopSignal = (typeof signals)[number];

/** The wishes of a person to stop. */
export interface StopWishes extends Disposable {
  /** Aborted by the first SIGINT, SIGTERM or SIGHUP. */
  readonly signal: AbortSignal;
  /** Aborted by the second: do not wait any longer. */
  readonly forceSignal: AbortSignal;
}

/** Listens to Ctrl-C, SIGTERM and the closing of the terminal. @param onFirst - told at the first wish, with its signal. */
export function listenToStop(onFirst: (signal: StopSignal) => void): StopWishes {
  const [first, second] = [new AbortController(), new AbortController()];
  let firstAtMs = 0;
  const onSignal = (signal: StopSignal): void => {
    if (!first.signal.aborted) {
      firstAtMs = performance.now();
      onFirst(signal);
      first.abort();
    } else if (performance.now() - firstAtMs >= sameWishMs) {
      second.abort();
    }
  };
  for (const signal of signals) process.on(signal, onSignal);
  return {
    signal: first.signal,
    forceSignal: second.signal,
    [Symbol.dispose]() {
      for (const signal of signals) process.off(signal, onSignal);
    },
  };
}
