import type { Clock } from '@mainstay/kernel';
import {
  connectionPreface,
  defaultWindowBytes,
  errorCode,
  maxWindowBytes,
  minMaxFrameBytes,
  setting,
} from '../frames/frame.ts';
import { FrameReader } from '../frames/frame-reader.ts';
import { Output, type OutputSocket } from '../frames/output.ts';
import type { DecodedBlock } from '../hpack/decoder.ts';
import { HpackEncoder } from '../hpack/encoder.ts';
import { type Budgets, createBudgets, windowUpdatesPerDataFrame } from './budget.ts';
import { FrameReceiver } from './frame-receiver.ts';
import { FrameWriter } from './frame-writer.ts';
import type { RequestHead } from './header-rules.ts';
import type { ConnectionLimits } from './limits.ts';
import { initialPeerSettings, type PeerSettings } from './peer-settings.ts';
import { drainPing } from './pings.ts';
import { RecentIds } from './recent-ids.ts';
import type { Fault } from './rule.ts';
import { SendQueue, type SendQueueOwner } from './send-queue.ts';
import { type BlockWriter, Http2Stream, type StreamEvents, type StreamReset } from './stream.ts';
import { Watchdog } from './watchdog.ts';

/** What a connection needs of a socket; those of `net` and `tls` have it. */
export interface ConnectionSocket extends OutputSocket {
  destroy(): unknown;
  on(event: 'data', listener: (chunk: Buffer) => void): unknown;
  on(event: 'drain' | 'end' | 'close', listener: () => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/** What the owner of a connection is told. */
export interface ConnectionEvents {
  /** On servers: a request has begun; set `stream.events` and read on from there. */
  onStream(stream: Http2Stream, head: RequestHead, block: DecodedBlock): void;
  /** There may be room for another stream: a stream ended, or the peer's settings came. */
  onRoom(): void;
  /** No new streams from now on: the peer or we are going away. */
  onGoingAway(why: { readonly code: number; readonly debug: string }): void;
  /** A broken rule; for counters and logs. */
  onFault(fault: Fault): void;
  /** The socket is closed. Streams were told before. */
  onClosed(): void;
}

/** What a connection is made of. */
export interface ConnectionOptions {
  readonly socket: ConnectionSocket;
  readonly isServer: boolean;
  readonly limits: ConnectionLimits;
  readonly clock: Clock;
  readonly events: ConnectionEvents;
  /** First stream of a client, default 1; for tests of the end of ids. */
  readonly firstStreamId?: number;
}

/** After an error, what waits gets this time to leave and the peer to close its side, in milliseconds. */
const lingerMs = 1_000;
/** The same after a drain, where what waits are answers. */
const drainLingerMs = 30_000;

/**
 * One HTTP/2 connection, the same for clients and servers (RFC 9113).
 *
 * States: open → draining (told the peer to go elsewhere, running streams go on) → ended (nothing is sent or read any
 * more) → closed. Everything is told through plain callbacks, in the turn in which it is read.
 */
export class Http2Connection implements SendQueueOwner {
  readonly socket: ConnectionSocket;
  readonly isServer: boolean;
  readonly limits: ConnectionLimits;
  readonly events: ConnectionEvents;
  readonly clock: Clock;
  readonly output: Output;
  readonly encoder: HpackEncoder = new HpackEncoder();
  readonly writer: FrameWriter;
  readonly budgets: Budgets;
  readonly peer: PeerSettings = initialPeerSettings();
  readonly streams: Map<number, Http2Stream> = new Map();
  readonly sendQueue: SendQueue;
  /** Streams that we reset; what the peer sent before it knew is ignored. */
  readonly recentlyReset: RecentIds = new RecentIds(4_096);
  readonly watchdog: Watchdog;
  readonly receiver: FrameReceiver;
  sendWindow: number = defaultWindowBytes;
  receiveWindow: number;
  /** Newest stream that the peer opened. */
  lastPeerStreamId = 0;
  nextStreamId: number;
  /** Streams that count: not closed, or closed and not released by their owner. */
  openCount = 0;
  state: 'open' | 'draining' | 'ended' | 'closed' = 'open';
  /** Set when the last stream id we take was told, so that later streams are refused. */
  isFinal = false;
  /** Set when the peer's windows opened and waiting data may leave. */
  needsPump = false;
  readonly #reader: FrameReader;
  #unreportedBytes = 0;
  #prefaceBytes: number;
  #cancelLinger: () => void = () => undefined;

  constructor(options: ConnectionOptions) {
    const { socket, isServer, limits, clock, events } = options;
    this.socket = socket;
    this.isServer = isServer;
    this.limits = limits;
    this.clock = clock;
    this.events = events;
    this.nextStreamId = options.firstStreamId ?? 1;
    this.receiveWindow = limits.connectionWindowBytes;
    this.#prefaceBytes = isServer ? connectionPreface.length : 0;
    this.budgets = createBudgets(() => clock.monotonicMs());
    this.output = new Output(socket, { onDrain: () => this.sendQueue.pump() });
    this.writer = new FrameWriter(this.output, this.encoder);
    this.sendQueue = new SendQueue(this);
    this.receiver = new FrameReceiver(this);
    this.#reader = new FrameReader(this.receiver, minMaxFrameBytes);
    this.watchdog = new Watchdog(this);
    socket.on('data', (chunk) => this.#read(chunk));
    socket.on('end', () => this.#hungUp('the peer closed the connection'));
    socket.on('error', (error) => this.#hungUp(error.message));
    socket.on('close', () => this.#closed());
    this.#start();
  }

  /** Whether a part of a frame or header block has arrived and its rest has not. */
  get isInsideFrame(): boolean {
    return this.#reader.isInsideFrame || this.receiver.isInsideBlock || this.#prefaceBytes > 0;
  }

  /** On clients: whether a stream may be opened now. */
  get hasRoom(): boolean {
    return (
      this.state === 'open' && this.openCount < this.peer.maxConcurrentStreams && this.nextStreamId <= maxWindowBytes
    );
  }

  /** On clients: whether all ids are used up, so that another connection is needed. */
  get isExhausted(): boolean {
    return this.nextStreamId > maxWindowBytes;
  }

  /** On clients: opens a stream; only when there is room, and its headers must be sent next. */
  open(events: StreamEvents): Http2Stream {
    const stream = this.addStream(this.nextStreamId, events);
    this.nextStreamId += 2;
    stream.isReleased = true;
    return stream;
  }

  addStream(id: number, events: StreamEvents): Http2Stream {
    const windows = { send: this.peer.initialWindowBytes, receive: this.limits.streamWindowBytes };
    const stream = new Http2Stream(id, events, windows);
    this.streams.set(id, stream);
    this.openCount += 1;
    return stream;
  }

  sendHeaders(stream: Http2Stream, block: BlockWriter, isEnd: boolean): void {
    if (stream.isClosed) return;
    this.writer.headers(stream.id, block, isEnd);
    if (isEnd) this.onLocalEnd(stream);
  }

  /**
   * Sends a message with its five-byte prefix, or lets it wait; ask `stream.isWritable` afterwards.
   *
   * @param message - must not change any more.
   * @param flags - 1: compressed; 2: the stream ends with it.
   */
  sendMessage(stream: Http2Stream, message: Uint8Array, flags: number): void {
    if (stream.isClosed) return;
    const bytes = message.length + 5;
    const isAtOnce = bytes <= 8_192 && bytes <= this.sendWindow && bytes <= stream.sendWindow;
    if (isAtOnce && stream.isWritable && this.sendQueue.isOpen) {
      this.writer.message(stream.id, message, flags);
      this.sendWindow -= bytes;
      stream.sendWindow -= bytes;
      this.onDataSent();
      if (flags & 2) this.onLocalEnd(stream);
      return;
    }
    const prefix = Buffer.allocUnsafe(5);
    prefix[0] = flags & 1;
    prefix.writeUInt32BE(message.length, 1);
    this.sendQueue.add(stream, prefix);
    this.sendQueue.add(stream, message);
    if (flags & 2) stream.ending = 'data';
    if (this.sendQueue.queuedBytes > this.limits.maxQueuedBytes) {
      const message = `${this.sendQueue.queuedBytes} bytes wait for the peer's window`;
      this.failStream(stream, { rule: 'queued_bytes', code: errorCode.enhanceYourCalm, message, scope: 'stream' });
      return;
    }
    this.sendQueue.enter(stream);
    this.sendQueue.pump();
  }

  /** Ends our side, with trailers or without, behind whatever waits. */
  end(stream: Http2Stream, trailers?: BlockWriter): void {
    if (stream.isClosed || stream.hasEndedLocally) return;
    if (stream.isWritable && trailers !== undefined) {
      this.writer.headers(stream.id, trailers, true);
      this.onLocalEnd(stream);
      return;
    }
    stream.ending = trailers ?? 'data';
    this.sendQueue.enter(stream);
    this.sendQueue.pump();
  }

  /** Resets a stream on behalf of its owner, who is not told. */
  reset(stream: Http2Stream, code: number): void {
    if (stream.isClosed) return;
    this.recentlyReset.add(stream.id);
    this.writer.resetStream(stream.id, code);
    this.#dropHeld(stream);
    this.closeStream(stream);
  }

  /** Ends a stream because the peer broke a rule with it; its owner is told. */
  failStream(stream: Http2Stream, fault: Fault): boolean {
    this.events.onFault(fault);
    if (!this.budgets.resets.spend()) return this.failResets();
    if (stream.isClosed) return true;
    this.recentlyReset.add(stream.id);
    this.writer.resetStream(stream.id, fault.code);
    this.closeStream(stream, { code: fault.code, origin: 'us', isUnprocessed: false, message: fault.message });
    return true;
  }

  /** Gives received bytes back to the peer once they are worked off. */
  consume(stream: Http2Stream, bytes: number): void {
    if (stream.wasReset) return;
    stream.heldBytes -= bytes;
    this.credit(bytes);
    if (stream.hasEndedRemotely || stream.isClosed) return;
    stream.unreportedBytes += bytes;
    if (stream.unreportedBytes * 4 < this.limits.streamWindowBytes || this.isOver) return;
    this.writer.windowUpdate(stream.id, stream.unreportedBytes);
    stream.receiveWindow += stream.unreportedBytes;
    stream.unreportedBytes = 0;
  }

  /** Gives bytes of the connection's window back. */
  credit(bytes: number): void {
    this.#unreportedBytes += bytes;
    if (this.#unreportedBytes * 4 < this.limits.connectionWindowBytes || this.isOver) return;
    this.writer.windowUpdate(0, this.#unreportedBytes);
    this.receiveWindow += this.#unreportedBytes;
    this.#unreportedBytes = 0;
  }

  get isOver(): boolean {
    return this.state === 'ended' || this.state === 'closed';
  }

  /** The owner is done with a stream: it no longer counts when it is closed. */
  release(stream: Http2Stream): void {
    if (stream.isReleased) return;
    stream.isReleased = true;
    if (stream.isClosed) this.#uncount();
  }

  /** Nobody looks at the rest of a stream that we answered: the peer is asked to stop sending. */
  abandon(stream: Http2Stream): void {
    this.release(stream);
    this.reset(stream, errorCode.noError);
  }

  onDataSent(): void {
    this.budgets.windowUpdates.credit(windowUpdatesPerDataFrame);
  }

  onLocalEnd(stream: Http2Stream): void {
    stream.hasEndedLocally = true;
    if (stream.hasEndedRemotely) this.closeStream(stream);
  }

  /** Takes a stream out; the owner is told when it ended by a reset. */
  closeStream(stream: Http2Stream, reset?: StreamReset): void {
    if (stream.isClosed) return;
    stream.isClosed = true;
    this.streams.delete(stream.id);
    if (stream.queuedBytes > 0) this.sendQueue.drop(stream);
    if (reset !== undefined) {
      this.#dropHeld(stream);
      stream.events.onReset(reset);
    }
    if (stream.isReleased) this.#uncount();
  }

  /** The peer goes away: streams that it did not look at end at once, the others go on. */
  receiveGoaway(lastStreamId: number, code: number, debug: string): void {
    // A client that goes away closes its connection itself, when its calls are done.
    if (this.isServer) return;
    const wasOpen = this.state === 'open';
    if (wasOpen) {
      this.state = 'draining';
      this.isFinal = true;
      this.events.onGoingAway({ code, debug });
    }
    const reset = { code: errorCode.refusedStream, origin: 'peer', isUnprocessed: true } as const;
    for (const stream of this.streams.values()) {
      if (stream.id > lastStreamId) this.closeStream(stream, { ...reset, message: 'the peer is going away' });
    }
    this.#endWhenIdle();
  }

  /** Tells the peer to open no more streams, lets the running ones end, then closes (RFC 9113 section 6.8). */
  drain(): void {
    if (this.state !== 'open') return;
    this.state = 'draining';
    this.events.onGoingAway({ code: errorCode.noError, debug: '' });
    if (this.isServer) {
      // What is on its way is still taken; the answer to the ping says that the peer knows.
      this.writer.goaway(maxWindowBytes, errorCode.noError, '');
      this.writer.ping(drainPing, false);
      this.watchdog.startDrain();
    } else {
      this.isFinal = true;
    }
    this.#endWhenIdle();
  }

  /** The second step of a drain: names the last stream that is worked on. */
  finishDrain(): void {
    if (this.state !== 'draining' || this.isFinal) return;
    this.isFinal = true;
    this.writer.goaway(this.lastPeerStreamId, errorCode.noError, '');
    this.#endWhenIdle();
  }

  /** The peer broke a rule of the connection: it is told, and everything ends. Always false, so that reading stops. */
  fail(fault: Fault): false {
    if (this.isOver) return false;
    this.events.onFault(fault);
    this.writer.goaway(this.lastPeerStreamId, fault.code, fault.message.slice(0, 200));
    this.#end({ code: fault.code, message: fault.message });
    return false;
  }

  failResets(): false {
    const message = 'more than 2000 streams were reset in a short time';
    return this.fail({ rule: 'reset_flood', code: errorCode.enhanceYourCalm, message, scope: 'connection' });
  }

  /** Cuts the connection at once. */
  cut(message: string): void {
    if (!this.isOver) this.#end({ code: errorCode.cancel, message });
    this.socket.destroy();
  }

  #start(): void {
    const { limits } = this;
    if (!this.isServer) this.writer.preface();
    this.writer.settings([
      ...(this.isServer ? [setting.maxConcurrentStreams, limits.maxConcurrentStreams] : [setting.enablePush, 0]),
      setting.initialWindowSize,
      limits.streamWindowBytes,
      setting.maxHeaderListSize,
      limits.maxHeaderListBytes,
    ]);
    this.writer.windowUpdate(0, limits.connectionWindowBytes - defaultWindowBytes);
    if (this.isServer) this.output.flush();
  }

  #read(chunk: Buffer): void {
    if (this.isOver) return;
    this.watchdog.noteRead();
    this.output.beginRead();
    let at = 0;
    if (this.#prefaceBytes > 0) at = this.#readPreface(chunk);
    if (at >= 0 && at < chunk.length) this.#reader.read(chunk, at);
    if (this.needsPump) {
      this.needsPump = false;
      this.sendQueue.pump();
    }
    this.output.endRead();
  }

  /** A stream that was reset holds nothing any more. */
  #dropHeld(stream: Http2Stream): void {
    stream.wasReset = true;
    this.credit(stream.heldBytes);
    stream.heldBytes = 0;
  }

  #readPreface(chunk: Buffer): number {
    const done = connectionPreface.length - this.#prefaceBytes;
    const bytes = Math.min(this.#prefaceBytes, chunk.length);
    if (connectionPreface.compare(chunk, 0, bytes, done, done + bytes) !== 0) {
      const message = 'the peer does not speak HTTP/2';
      this.fail({ rule: 'preface', code: errorCode.protocolError, message, scope: 'connection' });
      return -1;
    }
    this.#prefaceBytes -= bytes;
    return bytes;
  }

  #uncount(): void {
    this.openCount -= 1;
    if (this.state === 'draining') this.#endWhenIdle();
    else if (!this.isServer) this.events.onRoom();
  }

  #endWhenIdle(): void {
    if (!this.isFinal || this.openCount > 0 || this.state !== 'draining') return;
    if (!this.isServer) this.writer.goaway(0, errorCode.noError, '');
    this.#end({ code: errorCode.noError, message: 'the connection was drained' });
  }

  /** Sends what waits, tells all streams, and closes once the peer has or has had the time. */
  #end(why: { readonly code: number; readonly message: string }): void {
    const wasOpen = this.state === 'open';
    this.state = 'ended';
    this.watchdog.stop();
    this.output.close();
    const patienceMs = why.code === errorCode.noError ? drainLingerMs : lingerMs;
    this.#cancelLinger = this.clock.after(patienceMs, () => this.socket.destroy());
    this.#abandon(why);
    if (wasOpen) this.events.onGoingAway({ code: why.code, debug: why.message });
  }

  #abandon({ code, message }: { readonly code: number; readonly message: string }): void {
    for (const stream of this.streams.values()) {
      this.closeStream(stream, { code, origin: 'connection', isUnprocessed: false, message });
    }
  }

  #hungUp(message: string): void {
    if (this.isOver) {
      this.socket.destroy();
      return;
    }
    this.#end({ code: errorCode.cancel, message });
    this.socket.destroy();
  }

  #closed(): void {
    if (this.state === 'closed') return;
    if (!this.isOver) this.#end({ code: errorCode.cancel, message: 'the connection was closed' });
    this.state = 'closed';
    this.#cancelLinger();
    this.events.onClosed();
  }
}
