import type { StreamReset } from '../../faults/stream-reset.ts';
import type { Frame } from '../frames/frame-reader.ts';
import type { DecodedBlock } from '../hpack/decoded-block.ts';
import type { HpackEncoder } from '../hpack/encoder.ts';

/** Writes the fields of one header block. */
export interface BlockWriter {
  /** Most bytes that {@link BlockWriter.write} takes. */
  readonly maxBytes: number;
  /** Writes from `at` on and returns where the block ends. */
  write(encoder: HpackEncoder, into: Uint8Array, at: number): number;
}

/** What the owner of a stream is told. */
export interface StreamEvents {
  /** The head of an answer, informational ones left out, or trailers, which always end the stream. */
  onHeaders(block: DecodedBlock, isEnd: boolean): void;
  /**
   * Data between `from` and `to` of the frame's buffer, which may be kept.
   *
   * Whatever is given here must be given back with `ReceiveCredit.consume` when it is worked off.
   */
  onData(frame: Frame, isEnd: boolean): void;
  /** Everything that waited has left; only after `isWritable` was false. */
  onWritable(): void;
  /** Called once, unless both sides ended; nothing follows. */
  onReset(reset: StreamReset): void;
}

/**
 * One stream, a plain record that the connection works on; the table of its states stands in the README.
 *
 * Owners read it and call the connection.
 */
export class Http2Stream {
  readonly id: number;
  events: StreamEvents;
  /** What we may still send; negative after the peer shrank its window. */
  sendWindow: number;
  /** What the peer may still send. */
  receiveWindow: number;
  /** Received and not yet consumed. */
  heldBytes = 0;
  /** Consumed and not yet credited to the peer. */
  unreportedBytes = 0;
  hasEndedLocally = false;
  hasEndedRemotely = false;
  isClosed = false;
  /** The owner is done with it; until then it counts against the limit, closed or not. */
  isReleased = false;
  /** Whether a head has been received, so that further lists are trailers. */
  hasHead = false;
  /** What `content-length` says; -1 without one. */
  declaredBytes = -1;
  receivedBytes = 0;
  /** Reset by either side: what it held is given back already. */
  wasReset = false;
  /** Data that waits for a window or for the socket; the first piece from `queueOffset` on. */
  queue: Uint8Array[] = [];
  queueOffset = 0;
  queuedBytes = 0;
  /** What follows the last piece. */
  ending: 'none' | 'data' | BlockWriter = 'none';
  /** Whether it takes its turn in the send queue. */
  isInTurn = false;
  /** Since when its own window lets next to nothing through, noted by the watchdog; 0 when it moves. */
  stalledSinceMs = 0;
  /** What has left since then. */
  movedBytes = 0;
  /** On servers: a request that must be complete in time, noted by the watchdog; -1 for one that may take as long as it likes. */
  requestSinceMs = -1;

  constructor(id: number, events: StreamEvents, windows: { readonly send: number; readonly receive: number }) {
    this.id = id;
    this.events = events;
    this.sendWindow = windows.send;
    this.receiveWindow = windows.receive;
  }

  /** Whether nothing waits, so that the owner may go on writing. */
  get isWritable(): boolean {
    return this.queuedBytes === 0;
  }
}
