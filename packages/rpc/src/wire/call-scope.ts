import {
  type Alarm,
  type Alarms,
  type CancelListener,
  Cancellation,
  type Clock,
  type Deadline,
  deadlineAt,
  kernelReasons,
  PlatformError,
} from '@mainstay/kernel';

/** Why a call is canceled that came to its end: whatever it left running has nobody to work for. */
export const callIsOver: PlatformError = new PlatformError(kernelReasons.CANCELED, 'the call is over');

/** By what calls tell the time. */
export interface CallTime {
  readonly clock: Clock;
  /** Of the same clock. */
  readonly alarms: Alarms;
}

/**
 * The life of one call: canceled with the caller, at the deadline, or when the call is over.
 *
 * `end` must be called: it frees the alarm and the listeners.
 */
export class CallScope extends Cancellation implements Alarm, CancelListener {
  /** When its deadline passes, in `monotonicMs`; `Infinity` without one. */
  readonly dueAtMs: number;
  place = -1;
  readonly #time: CallTime;
  #deadline: Deadline | undefined = undefined;
  #parent: Cancellation | undefined = undefined;
  #signals: AbortSignal[] | undefined = undefined;

  constructor(time: CallTime, dueAtMs: number) {
    super();
    this.#time = time;
    this.dueAtMs = dueAtMs;
  }

  get deadline(): Deadline | undefined {
    if (this.dueAtMs === Number.POSITIVE_INFINITY) return undefined;
    this.#deadline ??= deadlineAt(this.dueAtMs, this.#time.clock);
    return this.#deadline;
  }

  /** Lets the deadline end the call; to be called first, unless something that it follows has the same deadline. */
  protected watchDeadline(nowMs: number): void {
    if (this.dueAtMs <= nowMs) this.cancel(deadlinePassed());
    else if (this.dueAtMs !== Number.POSITIVE_INFINITY) this.#time.alarms.set(this);
  }

  /** Lets something else end the call early; to be called once at most. */
  follow(parent: Cancellation): void {
    if (this.isCanceled) return;
    this.#parent = parent;
    parent.listen(this);
  }

  /** Lets a signal end the call early. */
  followSignal(parent: AbortSignal): void {
    if (this.isCanceled) return;
    if (parent.aborted) {
      this.#cut(parent.reason);
      return;
    }
    (this.#signals ??= []).push(parent);
    parent.addEventListener('abort', this, { once: true });
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
    this.#cut(deadlinePassed());
  }

  onCancel(reason: unknown): void {
    this.#cut(reason);
  }

  handleEvent(event: Event): void {
    this.#cut((event.target as AbortSignal).reason);
  }

  /** Told when the call was ended early, after its listeners. */
  protected onCut(_reason: unknown): void {
    return;
  }

  #cut(reason: unknown): void {
    if (this.isCanceled) return;
    this.#release();
    this.cancel(reason);
    this.onCut(reason);
  }

  #release(): void {
    if (this.place >= 0) this.#time.alarms.clear(this);
    this.#parent?.unlisten(this);
    if (this.#signals !== undefined) for (const signal of this.#signals) signal.removeEventListener('abort', this);
  }
}

function deadlinePassed(): PlatformError {
  return new PlatformError(kernelReasons.DEADLINE_EXCEEDED, 'the deadline passed before the call was done');
}
