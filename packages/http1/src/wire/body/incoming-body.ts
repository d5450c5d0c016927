import { PlatformError } from '@mainstay/kernel';
import { http1Reasons } from '../../errors.ts';
import type { Fault } from '../fault.ts';
import { maxHeldBytes } from '../limits.ts';
import { type BodySink, ChunkedDecoder } from './chunked-decoder.ts';
import { HeldParts } from './held-parts.ts';

/** Whoever waits for bytes of a body. */
interface Taker {
  resolve(bytes: Uint8Array): void;
  reject(error: PlatformError): void;
}

/**
 * The body of one request, between the connection that receives it and whoever reads it.
 *
 * Modes: held until somebody asks → gathered up to a limit, or taken part by part → dropped.
 */
export class IncomingBody implements BodySink {
  /** Undefined for a body in chunks. */
  readonly announced: number | undefined;
  isComplete = false;
  #received = 0;
  #mode: 'held' | 'gathered' | 'taken' | 'dropped' = 'held';
  readonly #chunks: ChunkedDecoder | undefined;
  readonly #held = new HeldParts();
  readonly #onRoom: () => void;
  #limitBytes = 0;
  #taker: Taker | undefined;
  #brokenOff = false;

  /** @param onRoom - called when bytes were taken out, so that more may come. */
  constructor(announced: number | undefined, onRoom: () => void) {
    this.announced = announced;
    this.#chunks = announced === undefined ? new ChunkedDecoder() : undefined;
    this.#onRoom = onRoom;
  }

  get fault(): Fault | undefined {
    return this.#chunks?.fault;
  }

  /** Whether any of it has arrived. */
  get isBegun(): boolean {
    return this.#received > 0;
  }

  /** Whether the client should not be read for now. */
  get isFull(): boolean {
    return this.#mode !== 'dropped' && this.#mode !== 'gathered' && this.#held.byteLength >= maxHeldBytes;
  }

  /**
   * Takes what the connection received.
   *
   * @returns the position behind what belongs to this body.
   */
  receive(bytes: Buffer, at: number): number {
    const end = this.#chunks === undefined ? this.#receivePlain(bytes, at) : this.#chunks.decode(bytes, at, this);
    if (this.#chunks?.isOver === true) this.isComplete = true;
    if (this.#taker !== undefined) this.#serve(this.#taker);
    return end;
  }

  push(bytes: Buffer): void {
    this.#received += bytes.length;
    if (this.#mode !== 'dropped') this.#held.push(bytes);
  }

  /** Reads to the end; to be called once. */
  gather(limitBytes: number): Promise<Uint8Array> {
    if ((this.announced ?? 0) > limitBytes) return Promise.reject(tooLarge(limitBytes));
    this.#mode = 'gathered';
    this.#limitBytes = limitBytes;
    return this.#ask();
  }

  /** The next bytes; none at the end. */
  take(): Promise<Uint8Array> {
    this.#mode = 'taken';
    return this.#ask();
  }

  /** What arrives from now on, and what has arrived, is of no use. */
  drop(): void {
    this.#mode = 'dropped';
    this.#held.clear();
  }

  /** Nothing more comes. */
  breakOff(): void {
    if (this.isComplete) return;
    this.#brokenOff = true;
    const taker = this.#taker;
    this.#taker = undefined;
    taker?.reject(brokenOff());
  }

  #receivePlain(bytes: Buffer, at: number): number {
    const left = (this.announced as number) - this.#received;
    const end = Math.min(bytes.length, at + left);
    this.push(at === 0 && end === bytes.length ? bytes : bytes.subarray(at, end));
    this.isComplete = this.#received === this.announced;
    return end;
  }

  #ask(): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      const taker: Taker = { resolve, reject };
      this.#taker = taker;
      this.#serve(taker);
      this.#onRoom();
    });
  }

  #serve(taker: Taker): void {
    const isGathering = this.#mode === 'gathered';
    if (isGathering && this.#received > this.#limitBytes) {
      this.#taker = undefined;
      this.#mode = 'held';
      taker.reject(tooLarge(this.#limitBytes));
    } else if (this.isComplete || (!isGathering && this.#held.byteLength > 0)) {
      this.#taker = undefined;
      taker.resolve(this.#held.takeAll());
    } else if (this.#brokenOff || this.fault !== undefined) {
      this.#taker = undefined;
      taker.reject(brokenOff());
    }
  }
}

/** The error of a body that has no end. */
function brokenOff(): PlatformError {
  return new PlatformError(http1Reasons.BODY_BROKEN_OFF, 'the body ended before its announced end');
}

function tooLarge(limitBytes: number): PlatformError {
  return new PlatformError(http1Reasons.BODY_TOO_LARGE, `the body is larger than ${limitBytes} bytes`);
}
