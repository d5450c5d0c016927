import { type Clock, type Deadline, kernelReasons, PlatformError, remainingMs } from '@mainstay/kernel';

/** The life of one call: a signal that aborts with the caller, the deadline or the end of the call. */
export interface CallScope {
  readonly signal: AbortSignal;
  /** Waits for a step of the call, but not longer than the call lives: rejects with the reason of an early end. */
  race<T>(step: Promise<T>): Promise<T>;
  /** Calls back when the call ends early; not when it ends by itself. */
  onAbort(callback: (reason: unknown) => void): void;
  /** Ends the call: aborts the signal for whatever was left running. Calling it again does nothing. */
  end(): void;
}

/** What a call scope is made of. */
export interface CallScopeOptions {
  readonly clock: Clock;
  readonly deadline: Deadline | undefined;
  /** Signals that end the call early; they stay the owner's. */
  readonly signals: readonly (AbortSignal | undefined)[];
}

const callIsOver = new PlatformError(kernelReasons.CANCELED, 'the call is over');

/** Opens the scope of a call; `end` must be called, it frees the timer and the listeners. */
export function openCallScope({ clock, deadline, signals }: CallScopeOptions): CallScope {
  const controller = new AbortController();
  const releases: (() => void)[] = [];
  const callbacks = new Set<(reason: unknown) => void>();

  const release = (): void => {
    for (const undo of releases.splice(0)) undo();
  };
  const abort = (reason: unknown): void => {
    if (controller.signal.aborted) return;
    release();
    controller.abort(reason);
    for (const callback of callbacks) callback(reason);
    callbacks.clear();
  };

  for (const signal of signals) {
    if (signal === undefined) continue;
    const onAbort = (): void => abort(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    releases.push(() => signal.removeEventListener('abort', onAbort));
    if (signal.aborted) onAbort();
  }
  if (deadline !== undefined && !controller.signal.aborted) {
    const leftMs = remainingMs(deadline, clock);
    const onDeadline = (): void =>
      abort(new PlatformError(kernelReasons.DEADLINE_EXCEEDED, 'the deadline passed before the call was done'));
    if (leftMs <= 0) onDeadline();
    else releases.push(clock.after(leftMs, onDeadline));
  }

  return {
    signal: controller.signal,
    // Not Promise.race: a long stream would add a reaction per message to one promise that never settles.
    race: (step) =>
      new Promise((resolve, reject) => {
        if (controller.signal.aborted) reject(controller.signal.reason);
        else callbacks.add(reject);
        step.then(resolve, reject).finally(() => callbacks.delete(reject));
      }),
    onAbort: (callback) => void callbacks.add(callback),
    end() {
      if (controller.signal.aborted) return;
      release();
      callbacks.clear();
      controller.abort(callIsOver);
    },
  };
}
