import { minMaxFrameBytes } from '../frames/frame.ts';
import type { Output } from '../frames/output.ts';
import type { FrameWriter } from './frame-writer.ts';
import type { Http2Stream } from './stream.ts';

/** With this much in the output, data waits here, where it is sent in fair turns. */
const maxOutputBytes = 131_072;

/** What a send queue asks of its connection. */
export interface SendQueueOwner {
  readonly output: Output;
  readonly writer: FrameWriter;
  /** What the peer's connection window leaves. */
  sendWindow: number;
  /** Counts a DATA frame that was sent. */
  onDataSent(): void;
  /** The last frame of a stream was sent. */
  onLocalEnd(stream: Http2Stream): void;
}

/**
 * Data that could not leave at once, of all streams of a connection.
 *
 * Streams take turns, a frame each, so that a large message does not hold up small ones. A stream that its own window
 * stops loses its turn until the window opens.
 */
export class SendQueue {
  readonly #owner: SendQueueOwner;
  /** Streams in turn, from `#first` on. */
  #turns: Http2Stream[] = [];
  #first = 0;
  #queuedBytes = 0;
  #isPumping = false;

  constructor(owner: SendQueueOwner) {
    this.#owner = owner;
  }

  /** What waits, of all streams together. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** Whether the socket and the connection window take data now. */
  get isOpen(): boolean {
    const { output, sendWindow } = this.#owner;
    return sendWindow > 0 && !output.isFull && output.waitingBytes < maxOutputBytes;
  }

  /** Lets bytes wait, behind what waits of the stream already. They must not change any more. */
  add(stream: Http2Stream, bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    stream.queue.push(bytes);
    stream.queuedBytes += bytes.length;
    this.#queuedBytes += bytes.length;
  }

  /** Gives a stream its turn, when it has something to send and may. */
  enter(stream: Http2Stream): void {
    if (stream.isInTurn || stream.isClosed) return;
    if (stream.queuedBytes > 0 ? stream.sendWindow <= 0 : stream.ending === 'none') return;
    stream.isInTurn = true;
    this.#turns.push(stream);
  }

  /** Drops what waits of a stream that was reset. */
  drop(stream: Http2Stream): void {
    this.#queuedBytes -= stream.queuedBytes;
    stream.queue = [];
    stream.queueOffset = 0;
    stream.queuedBytes = 0;
    stream.ending = 'none';
  }

  /** Sends as much as socket and windows take. */
  pump(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    while (this.#first < this.#turns.length) {
      const stream = this.#turns[this.#first]!;
      if (stream.queuedBytes > 0 && !this.isOpen) break;
      this.#first += 1;
      stream.isInTurn = false;
      if (!stream.isClosed) this.#turn(stream);
    }
    this.#compact();
    this.#isPumping = false;
  }

  #turn(stream: Http2Stream): void {
    const hadQueued = stream.queuedBytes > 0;
    if (hadQueued) this.#sendFrame(stream);
    if (stream.queuedBytes > 0) {
      this.enter(stream);
      return;
    }
    this.#end(stream);
    if (hadQueued && !stream.isClosed) stream.events.onWritable();
  }

  #sendFrame(stream: Http2Stream): void {
    const owner = this.#owner;
    const bytes = Math.min(minMaxFrameBytes, owner.sendWindow, stream.sendWindow, stream.queuedBytes);
    if (bytes <= 0) return;
    const isLast = bytes === stream.queuedBytes && stream.ending === 'data';
    owner.writer.dataHead(stream.id, bytes, isLast);
    let left = bytes;
    while (left > 0) {
      const piece = stream.queue[0]!;
      const taken = Math.min(left, piece.length - stream.queueOffset);
      owner.output.append(piece.subarray(stream.queueOffset, stream.queueOffset + taken));
      left -= taken;
      stream.queueOffset += taken;
      if (stream.queueOffset < piece.length) break;
      stream.queue.shift();
      stream.queueOffset = 0;
    }
    stream.queuedBytes -= bytes;
    this.#queuedBytes -= bytes;
    stream.sendWindow -= bytes;
    owner.sendWindow -= bytes;
    stream.movedBytes += bytes;
    if (stream.movedBytes >= minMaxFrameBytes || stream.queuedBytes === 0) {
      stream.stalledSinceMs = 0;
      stream.movedBytes = 0;
    }
    owner.onDataSent();
    if (!isLast) return;
    stream.ending = 'none';
    owner.onLocalEnd(stream);
  }

  #end(stream: Http2Stream): void {
    const { ending } = stream;
    if (ending === 'none' || stream.hasEndedLocally) return;
    stream.ending = 'none';
    if (ending === 'data') this.#owner.writer.dataHead(stream.id, 0, true);
    else this.#owner.writer.headers(stream.id, ending, true);
    this.#owner.onLocalEnd(stream);
  }

  #compact(): void {
    if (this.#first === this.#turns.length) {
      this.#turns.length = 0;
      this.#first = 0;
    } else if (this.#first > 256) {
      this.#turns = this.#turns.slice(this.#first);
      this.#first = 0;
    }
  }
}
