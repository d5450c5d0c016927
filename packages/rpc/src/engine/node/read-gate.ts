import type { Http2Stream } from 'node:http2';

/** Stops and resumes the reading of a stream; the peer's window closes while nothing is read. */
export class ReadGate {
  readonly #stream: Http2Stream;
  /** More than this waits for the application: nothing more is read. */
  readonly #fullBytes: number;
  #heldBytes = 0;
  #hasNoRoom = false;
  #isStopped = false;

  constructor(stream: Http2Stream, fullBytes: number) {
    this.#stream = stream;
    this.#fullBytes = fullBytes;
  }

  /** Bytes arrived and wait for the application. */
  hold(bytes: number): void {
    this.#heldBytes += bytes;
    this.#update();
  }

  /** The application took them. */
  release(bytes: number): void {
    this.#heldBytes -= bytes;
    this.#update();
  }

  /** Whether a message in the making must wait for its place in the memory of the connection. */
  set hasNoRoom(hasNoRoom: boolean) {
    this.#hasNoRoom = hasNoRoom;
    this.#update();
  }

  #update(): void {
    const isStopped = this.#hasNoRoom || this.#heldBytes > this.#fullBytes;
    if (isStopped === this.#isStopped) return;
    this.#isStopped = isStopped;
    if (isStopped) this.#stream.pause();
    else this.#stream.resume();
  }
}
