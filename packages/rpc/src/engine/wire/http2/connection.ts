import type { Clock } from '@mainstay/kernel';
import { errorCode } from '../../faults/error-code.ts';
import type { Fault } from '../../faults/fault.ts';
import type { StreamReset } from '../../faults/stream-reset.ts';
import { defaultWindowBytes, maxWindowBytes, minMaxFrameBytes } from '../frames/frame.ts';
import { FrameReader } from '../frames/frame-reader.ts';
import { Output } from '../frames/output.ts';
import { HpackEncoder } from '../hpack/encoder.ts';
import { type Budgets, createBudgets, windowUpdatesPerDataFrame } from './budgets.ts';
import type { ConnectionCore } from './connection-core.ts';
import type { ConnectionEvents, ConnectionOptions, ConnectionSocket } from './connection-options.ts';
import { FrameReceiver } from './frame-receiver.ts';
import { FrameWriter } from './frame-writer.ts';
import type { ConnectionLimits } from './limits.ts';
import { initialPeerSettings, type PeerSettings } from './peer-settings.ts';
import { drainPing } from './pings.ts';
import { PrefaceReader, sendPreface } from './preface.ts';
import { ReceiveCredit } from './receive-credit.ts';
import { RecentIds } from './recent-ids.ts';
import { SendQueue, type SendQueueOwner } from './send-queue.ts';
import { Http2Stream, type StreamEvents } from './stream.ts';
import { StreamSender } from './stream-sender.ts';
import { StreamTable } from './stream-table.ts';
import { noPreface, ownMistake, resetFlood } from './usual-faults.ts';
import { Watchdog } from './watchdog.ts';

/** What waits at the end gets this time to leave, in milliseconds: after an error, and after a drain, where it is answers. */
const lingerMs = 1_000;
const drainLingerMs = 30_000;

/**
 * One HTTP/2 connection, the same for clients and servers (RFC 9113).
 *
 * States: open → draining (told the peer to go elsewhere, running streams go on) → ended (nothing is sent or read any
 * more) → closed. Everything is told through plain callbacks, in the turn in which it is read.
 */
export class Http2Connection implements ConnectionCore, SendQueueOwner {
  readonly socket: ConnectionSocket;
  readonly isServer: boolean;
  readonly limits: ConnectionLimits;
  readonly events: ConnectionEvents;
  readonly clock: Clock;
  readonly output: Output;
  readonly encoder: HpackEncoder = new HpackEncoder();
  readonly writer: FrameWriter;
  readonly budgets: Budgets;
  readonly peer: PeerSettings;
  readonly streams: StreamTable = new StreamTable();
  readonly sendQueue: SendQueue;
  /** Streams that we reset; what the peer sent before it knew is ignored. */
  readonly recentlyReset: RecentIds = new RecentIds(4_096);
  readonly watchdog: Watchdog;
  readonly receiver: FrameReceiver;
  sendWindow: number = defaultWindowBytes;
  readonly credit: ReceiveCredit;
  readonly sender: StreamSender;
  /** Newest stream that the peer opened. */
  lastPeerStreamId = 0;
  nextStreamId: number;
  /** On clients: whether a stream was ever opened. */
  hasCarried = false;
  /** Streams that count: not closed, or closed and not released by their owner. */
  openCount = 0;
  state: 'open' | 'draining' | 'ended' | 'closed' = 'open';
  /** Set when the last stream id we take was told, so that later streams are refused. */
  isFinal = false;
  /** Set when the peer's windows opened and waiting data may leave. */
  needsPump = false;
  readonly #reader: FrameReader;
  readonly #preface: PrefaceReader;
  #cancelLinger: () => void = () => undefined;

  constructor(options: ConnectionOptions) {
    const { socket, isServer, limits, clock, events } = options;
    this.socket = socket;
    this.isServer = isServer;
    this.limits = limits;
    this.clock = clock;
    this.events = events;
    this.nextStreamId = options.firstStreamId ?? 1;
    this.peer = initialPeerSettings(options.assumedStreams);
    this.credit = new ReceiveCredit(this);
    this.#preface = new PrefaceReader(isServer);
    this.budgets = createBudgets(() => clock.monotonicMs());
    this.output = new Output(socket, { onDrain: () => this.sendQueue.pump() });
    this.writer = new FrameWriter(this.output, this.encoder);
    this.sendQueue = new SendQueue(this);
    this.sender = new StreamSender(this, this.sendQueue);
    this.receiver = new FrameReceiver(this);
    this.#reader = new FrameReader(this.receiver, minMaxFrameBytes);
    this.watchdog = new Watchdog(this);
    socket.on('data', (chunk) => this.#read(chunk));
    socket.on('end', () => this.#hungUp('the peer closed the connection'));
    socket.on('error', (error) => this.#hungUp(error.message));
    socket.on('close', () => this.#closed());
    sendPreface(this.writer, limits, isServer);
    if (isServer) this.output.flush();
  }

  /** Whether a part of a frame or header block has arrived and its rest has not. */
  get isInsideFrame(): boolean {
    return this.#reader.isInsideFrame || this.receiver.isInsideBlock || !this.#preface.isComplete;
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
    this.hasCarried = true;
    stream.isReleased = true;
    return stream;
  }

  addStream(id: number, events: StreamEvents): Http2Stream {
    const windows = { send: this.peer.initialWindowBytes, receive: this.limits.streamWindowBytes };
    const stream = new Http2Stream(id, events, windows);
    this.streams.add(stream);
    this.openCount += 1;
    return stream;
  }

  /** Resets a stream on behalf of its owner, who is not told. */
  reset(stream: Http2Stream, code: number): void {
    if (stream.isClosed) return;
    this.recentlyReset.add(stream.id);
    this.writer.resetStream(stream.id, code);
    this.credit.drop(stream);
    this.closeStream(stream);
  }

  /** Ends a stream because the peer broke a rule with it; its owner is told. */
  failStream(stream: Http2Stream, fault: Fault): boolean {
    this.events.onFault(fault);
    if (!this.budgets.resets.spend()) return this.fail(resetFlood);
    if (stream.isClosed) return true;
    this.recentlyReset.add(stream.id);
    this.writer.resetStream(stream.id, fault.code);
    this.closeStream(stream, { code: fault.code, origin: 'us', isUnprocessed: false, message: fault.message });
    return true;
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
    const wasReleased = stream.isReleased;
    if (reset !== undefined) {
      this.credit.drop(stream);
      stream.events.onReset(reset);
    }
    // An owner that released it when it was told of the reset has counted it down by that.
    if (wasReleased) this.#uncount();
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
    this.endWhenIdle();
  }

  /** The second step of a drain: names the last stream that is worked on. */
  finishDrain(): void {
    if (this.state !== 'draining' || this.isFinal) return;
    this.isFinal = true;
    this.writer.goaway(this.lastPeerStreamId, errorCode.noError, '');
    this.endWhenIdle();
  }

  /** The peer broke a rule of the connection: it is told, and everything ends. Always false, so that reading stops. */
  fail(fault: Fault): false {
    if (this.isOver) return false;
    this.events.onFault(fault);
    this.writer.goaway(this.lastPeerStreamId, fault.code, fault.message.slice(0, 200));
    this.#end({ code: fault.code, message: fault.message });
    return false;
  }

  /** Cuts the connection at once. */
  cut(message: string): void {
    if (!this.isOver) this.#end({ code: errorCode.cancel, message });
    this.socket.destroy();
  }

  #read(chunk: Buffer): void {
    if (this.isOver) return;
    this.watchdog.noteRead();
    this.output.beginRead();
    try {
      this.#readFrames(chunk);
    } catch (error) {
      this.fail(ownMistake(error));
    }
    this.output.endRead();
  }

  #readFrames(chunk: Buffer): void {
    const at = this.#preface.isComplete ? 0 : this.#preface.read(chunk);
    if (at < 0) this.fail(noPreface);
    else if (at < chunk.length) this.#reader.read(chunk, at);
    if (this.needsPump) this.sendQueue.pump();
    this.needsPump = false;
  }

  #uncount(): void {
    this.openCount -= 1;
    if (this.state === 'draining') this.endWhenIdle();
    else if (!this.isServer) this.events.onRoom();
  }

  /** Ends a connection that is being drained once nothing runs on it. */
  endWhenIdle(): void {
    if (!this.isFinal || this.openCount > 0 || this.state !== 'draining') return;
    if (!this.isServer) this.writer.goaway(0, errorCode.noError, '');
    this.#end({ code: errorCode.noError, message: 'the connection was drained' });
  }

  /** Sends what waits, tells all streams, and closes once the peer has or has had the time. */
  #end({ code, message }: { readonly code: number; readonly message: string }): void {
    const wasOpen = this.state === 'open';
    this.state = 'ended';
    this.watchdog.stop();
    this.output.close();
    const patienceMs = code === errorCode.noError ? drainLingerMs : lingerMs;
    this.#cancelLinger = this.clock.after(patienceMs, () => this.socket.destroy());
    for (const stream of this.streams.values()) {
      this.closeStream(stream, { code, origin: 'connection', isUnprocessed: false, message });
    }
    if (wasOpen) this.events.onGoingAway({ code, debug: message });
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
