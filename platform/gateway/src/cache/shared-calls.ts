import { type CancelListener, Cancellation } from '@mainstay/kernel';

/** A call that is under way for all who asked for the same. */
interface SharedCall<T> {
  readonly answer: Promise<T>;
  readonly cancellation: Cancellation;
  waiting: number;
  isOver: boolean;
}

/**
 * Lets callers who ask for the same at the same time share one call.
 *
 * Whoever goes away leaves the others waiting; the call is cancelled when the last one has gone.
 */
export class SharedCalls<T> {
  readonly #running = new Map<string, SharedCall<T>>();
  #waiting = 0;

  /** Calls under way that may be joined. */
  get size(): number {
    return this.#running.size;
  }

  /** Callers who wait for calls under way. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Lets nobody join the calls that are under way; those who wait for them get their answers. */
  beginAnew(): void {
    this.#running.clear();
  }

  /**
   * Joins the call of this key, or begins it.
   *
   * @param leaving - of this caller alone; when it comes this rejects with its reason.
   * @param call - is given a cancellation that comes when nobody waits any more.
   */
  async join(key: string, leaving: Cancellation, call: (cancellation: Cancellation) => Promise<T>): Promise<T> {
    const gone = Promise.withResolvers<never>();
    const listener: CancelListener = { onCancel: (reason) => gone.reject(reason) };
    const shared = this.#running.get(key) ?? this.#begin(key, call);
    shared.waiting += 1;
    this.#waiting += 1;
    leaving.listen(listener);
    try {
      return await Promise.race([shared.answer, gone.promise]);
    } finally {
      leaving.unlisten(listener);
      shared.waiting -= 1;
      this.#waiting -= 1;
      if (shared.waiting === 0 && !shared.isOver) {
        this.#forget(key, shared);
        shared.cancellation.cancel(leaving.reason);
      }
    }
  }

  #begin(key: string, call: (cancellation: Cancellation) => Promise<T>): SharedCall<T> {
    const cancellation = new Cancellation();
    const shared: SharedCall<T> = { answer: call(cancellation), cancellation, waiting: 0, isOver: false };
    this.#running.set(key, shared);
    const end = (): void => {
      shared.isOver = true;
      this.#forget(key, shared);
    };
    // Those who wait hear of a failure themselves.
    shared.answer.then(end, end);
    return shared;
  }

  #forget(key: string, shared: SharedCall<T>): void {
    if (this.#running.get(key) === shared) this.#running.delete(key);
  }
}
