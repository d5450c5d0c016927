import type { Clock } from '@mainstay/kernel';

/** A pause that can be cut short. */
export interface Alarm {
  /** Resolves after `ms`, when the alarm rings, or when the signal aborts; at once when it rang since the last wait. */
  wait(ms: number): Promise<void>;
  ring(): void;
}

/** Makes an alarm that a single waiter uses; a ring while nobody waits is kept. */
export function createAlarm(clock: Clock, signal: AbortSignal): Alarm {
  let rang = false;
  let wake: (() => void) | undefined;

  return {
    ring() {
      rang = true;
      wake?.();
    },
    wait(ms) {
      return new Promise((resolve) => {
        const done = (): void => {
          cancel();
          signal.removeEventListener('abort', done);
          wake = undefined;
          rang = false;
          resolve();
        };
        const cancel = clock.after(ms, done);
        signal.addEventListener('abort', done, { once: true });
        wake = done;
        if (rang || signal.aborted) done();
      });
    },
  };
}
