/** Told once when work is canceled. */
export interface CancelListener {
  onCancel(reason: unknown): void;
}

/**
 * The early end of one piece of work: it comes at most once, with a reason.
 *
 * What an `AbortController` does, for paths where most work is never canceled and nobody asks for a signal: a signal is
 * made when it is first read. Listeners are told in the order they came, after the signal.
 *
 * Cost: one small object; the first listener needs no further one.
 */
export class Cancellation {
  #isCanceled = false;
  #reason: unknown = undefined;
  #controller: AbortController | undefined = undefined;
  #first: CancelListener | undefined = undefined;
  #others: Set<CancelListener> | undefined = undefined;

  get isCanceled(): boolean {
    return this.#isCanceled;
  }

  /** Why; undefined before. */
  get reason(): unknown {
    return this.#reason;
  }

  /** Aborts with the cancellation, for the same reason. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#isCanceled) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  /** Lets a listener be told; at once when it is too late already. */
  listen(listener: CancelListener): void {
    if (this.#isCanceled) listener.onCancel(this.#reason);
    else if (this.#first === undefined && this.#others === undefined) this.#first = listener;
    else (this.#others ??= new Set()).add(listener);
  }

  /** Forgets a listener; one that is not there is no mistake. */
  unlisten(listener: CancelListener): void {
    if (this.#first === listener) this.#first = undefined;
    else this.#others?.delete(listener);
  }

  /** Cancels; from the second time on nothing happens. */
  cancel(reason: unknown): void {
    if (this.#isCanceled) return;
    this.#isCanceled = true;
    this.#reason = reason;
    this.#controller?.abort(reason);
    const first = this.#first;
    const others = this.#others;
    this.#first = undefined;
    this.#others = undefined;
    first?.onCancel(reason);
    if (others !== undefined) for (const listener of others) listener.onCancel(reason);
  }
}
