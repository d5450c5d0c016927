import {
  type Alarm,
  type Alarms,
  alarmsOf,
  type CancelListener,
  Cancellation,
  type Clock,
  type Deadline,
  kernelReasons,
  PlatformError,
  remainingMs,
} from '@mainstay/kernel';

/** What a call scope is made of. */
export interface CallScopeOptions {
  readonly clock: Clock;
  readonly deadline: Deadline | undefined;
  /** `clock.monotonicMs()` now. */
  readonly nowMs: number;
}

/** Why a call is canceled that came to its end: whatever it left running has nobody to work for. */
export const callIsOver: PlatformError = new PlatformError(kernelReasons.CANCELED, 'the call is over');

/** What may end a call early; it stays its owner's. */
type Parent = Cancellation | AbortSignal;

/**
 * The life of one call: canceled with the caller, at the deadline, or when the call is over.
 *
 * `end` must be called: it frees the alarm and the listeners.
 */
export class CallScope extends Cancellation implements Alarm, CancelListener {
  readonly dueAtMs: number;
  place = -1;
  readonly #alarms: Alarms;
  #parent: Parent | undefined = undefined;
  #otherParent: Parent | undefined = undefined;

  constructor({ clock, deadline, nowMs }: CallScopeOptions) {
    super();
    this.#alarms = alarmsOf(clock);
    const leftMs = remainingMs(deadline, clock);
    this.dueAtMs = nowMs + leftMs;
    if (leftMs <= 0) this.onDue();
    else if (deadline !== undefined) this.#alarms.set(this);
  }

  /** Lets something else end the call early, two things at most. */
  follow(parent: Parent | undefined): void {
    if (parent === undefined || this.isCanceled) return;
    if (this.#parent === undefined) this.#parent = parent;
    else this.#otherParent = parent;
    if (parent instanceof Cancellation) parent.listen(this);
    else if (parent.aborted) this.#cut(parent.reason);
    else parent.addEventListener('abort', this, { once: true });
  }

  /** Waits for a step of the call, but not longer than the call lives: rejects with the reason of an early end. */
  race<T>(step: Promise<T>): Promise<T> {
    // Not Promise.race: a long stream would add a reaction per message to one promise that never settles.
    return new Promise((resolve, reject) => {
      if (this.isCanceled) {
        reject(this.reason);
        step.catch(() => undefined);
        return;
      }
      const listener = { onCancel: (reason: unknown) => (reason === callIsOver ? undefined : reject(reason)) };
      this.listen(listener);
      step.then(
        (value) => {
          this.unlisten(listener);
          resolve(value);
        },
        (error: unknown) => {
          this.unlisten(listener);
          reject(error);
        },
      );
    });
  }

  /** Ends the call: cancels whatever was left running. Calling it again does nothing. */
  end(): void {
    if (this.isCanceled) return;
    this.#release();
    this.cancel(callIsOver);
  }

  onDue(): void {
    this.#cut(new PlatformError(kernelReasons.DEADLINE_EXCEEDED, 'the deadline passed before the call was done'));
  }

  onCancel(reason: unknown): void {
    this.#cut(reason);
  }

  handleEvent(event: Event): void {
    this.#cut((event.target as AbortSignal).reason);
  }

  #cut(reason: unknown): void {
    this.#release();
    this.cancel(reason);
  }

  #release(): void {
    this.#alarms.clear(this);
    this.#leave(this.#parent);
    this.#leave(this.#otherParent);
    this.#parent = undefined;
    this.#otherParent = undefined;
  }

  #leave(parent: Parent | undefined): void {
    if (parent === undefined) return;
    if (parent instanceof Cancellation) parent.unlisten(this);
    else parent.removeEventListener('abort', this);
  }
}
