import type { Clock } from './clock.ts';

/** A pause that can be cut short. */
export interface Pause {
  /** Resolves after `ms`, when it is cut, or when the signal aborts; at once when it was cut since the last wait. */
  wait(ms: number): Promise<void>;
  /** Ends the wait, or keeps the next one from beginning. */
  cut(): void;
}

/** Makes a pause that a single waiter uses; a cut while nobody waits is kept. */
export function createPause(clock: Clock, signal: AbortSignal): Pause {
  let wasCut = false;
  let wake: (() => void) | undefined;

  return {
    cut() {
      wasCut = true;
      wake?.();
    },
    wait(ms) {
      return new Promise((resolve) => {
        const done = (): void => {
          cancel();
          signal.removeEventListener('abort', done);
          wake = undefined;
          wasCut = false;
          resolve();
        };
        const cancel = clock.after(ms, done);
        signal.addEventListener('abort', done, { once: true });
        wake = done;
        if (wasCut || signal.aborted) done();
      });
    },
  };
}
