import type { Readable } from 'node:stream';

/** Whether a socket is read. */
export class Flow {
  readonly #socket: Readable;
  #isStopped = false;

  constructor(socket: Readable) {
    this.#socket = socket;
  }

  /** Stops or goes on, where that is a change. */
  set(isStopped: boolean): void {
    if (isStopped === this.#isStopped) return;
    this.#isStopped = isStopped;
    if (isStopped) this.#socket.pause();
    else this.#socket.resume();
  }
}
