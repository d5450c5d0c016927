interface Waiting {
  readonly bytes: number;
  readonly onGranted: () => void;
}

/** Messages larger than a window, of all calls of a connection together. */
const defaultMaxBytes = 64 * 1_048_576;

/**
 * Memory of a connection for messages larger than a stream's window.
 *
 * Such a message gets more window before it is whole, and only when all of it has room, so that several that come at
 * once never stand half-done in each other's way. They are let in one after the other, in the order they came.
 */
export class GatherBudget {
  readonly #maxBytes: number;
  #takenBytes = 0;
  #waiting: Waiting[] = [];

  /** @param maxBytes - for all at once, default 64 MiB; a single message may be larger. */
  constructor(maxBytes: number = defaultMaxBytes) {
    this.#maxBytes = maxBytes;
  }

  get takenBytes(): number {
    return this.#takenBytes;
  }

  /** Asks for room; calls back at once or later. The returned function gives the room, or the place in the line, back. */
  take(bytes: number, onGranted: () => void): () => void {
    const entry: Waiting = { bytes, onGranted };
    this.#waiting.push(entry);
    this.#grant();
    let isGivenBack = false;
    return () => {
      if (isGivenBack) return;
      isGivenBack = true;
      const place = this.#waiting.indexOf(entry);
      if (place >= 0) this.#waiting.splice(place, 1);
      else this.#takenBytes -= bytes;
      this.#grant();
    };
  }

  #grant(): void {
    for (;;) {
      const next = this.#waiting[0];
      if (next === undefined) return;
      if (this.#takenBytes > 0 && this.#takenBytes + next.bytes > this.#maxBytes) return;
      this.#waiting.shift();
      this.#takenBytes += next.bytes;
      next.onGranted();
    }
  }
}
