import { Duplex } from 'node:stream';

/** One end of a connection without a network: what is written is gathered, what arrives is put in. */
export class MemorySocket extends Duplex {
  readonly remoteAddress = '192.0.2.1';
  readonly #written: Buffer[] = [];
  /** Keeps what is written until it is called. */
  #release: (() => void) | undefined;
  #isFull: boolean;

  /** @param isFull - whether the peer reads nothing at first. */
  constructor(isFull = false) {
    super({ allowHalfOpen: true, decodeStrings: true });
    this.#isFull = isFull;
  }

  /** What was written, one character a byte. */
  get text(): string {
    return Buffer.concat(this.#written).toString('latin1');
  }

  get writeCount(): number {
    return this.#written.length;
  }

  /** Node asks for these of a socket. */
  setTimeout(): void {}
  setNoDelay(): void {}
  setKeepAlive(): void {}
  destroySoon(): void {
    this.end(() => this.destroy());
  }

  /** The peer reads again. */
  drain(): void {
    this.#isFull = false;
    const release = this.#release;
    this.#release = undefined;
    release?.();
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, callback: () => void): void {
    this.#written.push(chunk);
    if (this.#isFull) this.#release = callback;
    else callback();
  }
}
