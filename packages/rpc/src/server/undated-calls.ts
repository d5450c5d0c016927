/** A call that may go on for ever. */
export interface UndatedCall {
  /** Place in the list that holds it; -1 when none does. Only {@link UndatedCalls} writes it. */
  undatedPlace: number;
  onCancel(reason: unknown): void;
}

/**
 * The running calls without a deadline, which would hold a drain for ever.
 *
 * Cost: an array in which the last call takes the place of the one that leaves. A `Set` of calls that come and go would
 * keep them beyond their young generation.
 */
export class UndatedCalls {
  readonly #calls: UndatedCall[] = [];

  add(call: UndatedCall): void {
    call.undatedPlace = this.#calls.length;
    this.#calls.push(call);
  }

  /** Forgets a call; one that is not there is no mistake. */
  remove(call: UndatedCall): void {
    const place = call.undatedPlace;
    if (place < 0) return;
    call.undatedPlace = -1;
    const last = this.#calls.pop()!;
    if (last === call) return;
    this.#calls[place] = last;
    last.undatedPlace = place;
  }

  /** Ends them all. */
  cancel(reason: unknown): void {
    for (const call of this.#calls.slice()) call.onCancel(reason);
  }
}
