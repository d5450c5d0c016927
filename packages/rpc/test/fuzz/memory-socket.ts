import type { ClientSocket } from '../../src/engine/wire/grpc/client-side.ts';

type Listener = (value?: never) => void;

/** One end of a connection without a network: what is written goes to a listener, what arrives is put in. */
export class MemorySocket implements ClientSocket {
  readonly #listeners = new Map<string, Listener[]>();
  readonly #onWrite: (bytes: Uint8Array) => void;
  destroyed = false;
  /** The connection has written its last. */
  isEnded = false;
  /** Whether the peer reads nothing. */
  isFull = false;

  constructor(onWrite: (bytes: Uint8Array) => void) {
    this.#onWrite = onWrite;
  }

  write(bytes: Uint8Array): boolean {
    if (!this.destroyed) this.#onWrite(bytes);
    return !this.isFull;
  }

  cork(): void {}

  uncork(): void {}

  ref(): void {}

  unref(): void {}

  end(): void {
    this.isEnded = true;
  }

  destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    queueMicrotask(() => this.#emit('close'));
  }

  on(event: string, listener: (value: never) => void): void {
    const listeners = this.#listeners.get(event) ?? [];
    this.#listeners.set(event, [...listeners, listener as Listener]);
  }

  /** Bytes of the peer arrive. */
  receive(bytes: Buffer): void {
    if (!this.destroyed) this.#emit('data', bytes);
  }

  /** The peer reads again. */
  drain(): void {
    if (!this.isFull) return;
    this.isFull = false;
    if (!this.destroyed) this.#emit('drain');
  }

  #emit(event: string, value?: Buffer): void {
    for (const listener of this.#listeners.get(event) ?? []) listener(value as never);
  }
}
