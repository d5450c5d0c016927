/**
 * Whether a part of a call was cancelled, why, and who wants to hear of it.
 *
 * Made for a scope only when somebody cancels it or asks to be told.
 */
export class Cancellation {
  isCanceled = false;
  reason: unknown;
  /** Lets go of the scope outside. */
  unlink: (() => void) | undefined;
  #listeners: Set<(reason: unknown) => void> | undefined;
  #controller: AbortController | undefined;

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      const controller = new AbortController();
      this.#controller = controller;
      if (this.isCanceled) controller.abort(this.reason);
      else this.listen((reason) => controller.abort(reason));
    }
    return this.#controller.signal;
  }

  cancel(reason: unknown): void {
    if (this.isCanceled) return;
    this.isCanceled = true;
    this.reason = reason;
    const listeners = this.#listeners;
    this.#listeners = undefined;
    this.close();
    if (listeners !== undefined) for (const listener of listeners) listener(reason);
  }

  /** @returns takes the listener away. */
  listen(listener: (reason: unknown) => void): () => void {
    this.#listeners ??= new Set();
    this.#listeners.add(listener);
    return () => void this.#listeners?.delete(listener);
  }

  close(): void {
    this.unlink?.();
    this.unlink = undefined;
  }
}
