import type { Budget } from '../../faults/budget.ts';
import { errorCode } from '../../faults/error-code.ts';
import type { Fault, Rule } from '../../faults/fault.ts';
import { frameFlag, frameType, maxWindowBytes, minMaxFrameBytes } from '../frames/frame.ts';
import type { Frame, FrameSink } from '../frames/frame-reader.ts';
import { HpackDecoder } from '../hpack/decoder.ts';
import type { ConnectionCore } from './connection-core.ts';
import { HeaderAssembler, type HeaderBlock } from './header-assembler.ts';
import { readSettings } from './peer-settings.ts';
import { drainPing } from './pings.ts';
import { receiveBlock } from './receive-block.ts';
import { receiveData } from './receive-data.ts';
import { receiveGoaway } from './receive-goaway.ts';
import { resetFlood, unread } from './usual-faults.ts';

/**
 * Works off the frames of a connection, each by the rules of its kind (RFC 9113 section 6).
 *
 * Every method gives false when the connection has ended.
 */
export class FrameReceiver implements FrameSink {
  readonly #connection: ConnectionCore;
  readonly #assembler: HeaderAssembler;
  readonly decoder: HpackDecoder;
  /** Frames read so far. */
  frameCount = 0;

  constructor(connection: ConnectionCore) {
    this.#connection = connection;
    this.#assembler = new HeaderAssembler(connection.limits);
    // The size of the table is HTTP/2's default, which need not be announced.
    this.decoder = new HpackDecoder({ maxTableBytes: 4_096, maxListBytes: connection.limits.maxHeaderListBytes });
  }

  get isInsideBlock(): boolean {
    return this.#assembler.openStreamId !== 0;
  }

  onFrame(frame: Frame): boolean {
    this.frameCount += 1;
    const open = this.#assembler.openStreamId;
    if (open !== 0 && (frame.type !== frameType.continuation || frame.streamId !== open)) {
      return this.#fail(
        'frame_order',
        `a header block of stream ${open} was interrupted by a frame of kind ${frame.type}`,
      );
    }
    if (!this.#connection.watchdog.hasPeerSettings && frame.type !== frameType.settings) {
      return this.#fail('preface', `the first frame is of kind ${frame.type} and not SETTINGS`);
    }
    switch (frame.type) {
      case frameType.data:
        return receiveData(this.#connection, frame);
      case frameType.headers:
        return this.#headers(frame);
      case frameType.priority:
        return this.#priority(frame);
      case frameType.rstStream:
        return this.#resetStream(frame);
      case frameType.settings:
        return this.#settings(frame);
      case frameType.pushPromise:
        return this.#fail('push', 'the peer pushes, which we forbid');
      case frameType.ping:
        return this.#ping(frame);
      case frameType.goaway:
        return this.#goaway(frame);
      case frameType.windowUpdate:
        return this.#windowUpdate(frame);
      case frameType.continuation:
        if (open === 0) return this.#fail('frame_order', 'a CONTINUATION frame continues nothing');
        return this.#block(this.#assembler.continue(frame));
      default:
        // Unknown kinds are ignored (RFC 9113 section 5.5).
        return this.#spend(this.#connection.budgets.unknownFrames, 'unknown_frame_flood');
    }
  }

  onFrameTooLarge(type: number, bytes: number): void {
    const message = `a frame of kind ${type} has ${bytes} bytes, the limit is ${minMaxFrameBytes}`;
    this.#connection.fail({ rule: 'frame_size', code: errorCode.frameSizeError, message, scope: 'connection' });
  }

  #headers(frame: Frame): boolean {
    const { streamId } = frame;
    const { isServer, nextStreamId } = this.#connection;
    if (streamId % 2 === 0 || (!isServer && streamId >= nextStreamId)) {
      return this.#fail('stream_id', `HEADERS on stream ${streamId}, which the peer may not open`);
    }
    return this.#block(this.#assembler.begin(frame));
  }

  #block(block: HeaderBlock | Fault | undefined): boolean {
    if (block === undefined) return true;
    return 'rule' in block ? this.#connection.fail(block) : receiveBlock(this.#connection, block);
  }

  #priority(frame: Frame): boolean {
    if (frame.streamId === 0) return this.#fail('stream_id', 'PRIORITY on stream 0');
    if (frame.to - frame.from !== 5) {
      const stream = this.#connection.streams.get(frame.streamId);
      const message = `PRIORITY has ${frame.to - frame.from} bytes instead of 5`;
      const fault: Fault = { rule: 'frame_size', code: errorCode.frameSizeError, message, scope: 'stream' };
      return stream === undefined ? this.#connection.fail(fault) : this.#connection.failStream(stream, fault);
    }
    return this.#spend(this.#connection.budgets.priorities, 'priority_flood');
  }

  #resetStream(frame: Frame): boolean {
    const connection = this.#connection;
    if (!this.#hasSize(frame, 4)) return false;
    if (this.#isIdle(frame.streamId)) return this.#fail('stream_id', `RST_STREAM on idle stream ${frame.streamId}`);
    const stream = connection.streams.get(frame.streamId);
    if (stream === undefined) return this.#spend(connection.budgets.emptyFrames, 'empty_frame_flood');
    const code = frame.buffer.readUInt32BE(frame.from);
    // A handler that runs for nobody is what a rapid reset is about.
    if (connection.isServer && !connection.budgets.resets.spend()) return connection.fail(resetFlood);
    const isUnprocessed = code === errorCode.refusedStream;
    connection.closeStream(stream, { code, origin: 'peer', isUnprocessed, message: 'the peer reset the stream' });
    return !connection.isOver;
  }

  #settings(frame: Frame): boolean {
    const connection = this.#connection;
    if (frame.streamId !== 0) return this.#fail('stream_id', `SETTINGS on stream ${frame.streamId}`);
    const bytes = frame.to - frame.from;
    const isAck = (frame.flags & frameFlag.ack) !== 0;
    if (isAck ? bytes !== 0 : bytes % 6 !== 0) {
      const message = `SETTINGS have ${bytes} bytes`;
      return connection.fail({ rule: 'frame_size', code: errorCode.frameSizeError, message, scope: 'connection' });
    }
    if (isAck) {
      if (!connection.watchdog.hasPeerSettings) return this.#fail('preface', 'the first frame is an acknowledgement');
      connection.watchdog.hasSettingsAck = true;
      return this.#spend(connection.budgets.settings, 'settings_flood');
    }
    if (!this.#spend(connection.budgets.settings, 'settings_flood')) return false;
    const { peer } = connection;
    const isFirst = !connection.watchdog.hasPeerSettings;
    // Without a limit of its own in the first SETTINGS a peer takes any number.
    if (isFirst) peer.maxConcurrentStreams = Number.POSITIVE_INFINITY;
    const windowBefore = peer.initialWindowBytes;
    const code = readSettings(frame, peer, { isServer: !connection.isServer });
    if (code !== undefined) {
      const message = 'a value of SETTINGS is out of its range';
      return connection.fail({ rule: 'settings_value', code, message, scope: 'connection' });
    }
    connection.watchdog.hasPeerSettings = true;
    connection.encoder.setPeerTableBytes(peer.headerTableBytes);
    if (!this.#moveWindows(peer.initialWindowBytes - windowBefore)) return false;
    connection.writer.settingsAck();
    if (!this.#checkUnread()) return false;
    if (!connection.isServer) connection.events.onRoom();
    return !connection.isOver;
  }

  /** A new initial window applies to open streams, too (RFC 9113 section 6.9.2). */
  #moveWindows(difference: number): boolean {
    if (difference === 0) return true;
    const connection = this.#connection;
    for (const stream of connection.streams.values()) {
      stream.sendWindow += difference;
      if (stream.sendWindow > maxWindowBytes) return this.#windowOverflow(`the window of stream ${stream.id}`);
      if (stream.queuedBytes > 0) connection.sendQueue.enter(stream);
    }
    connection.needsPump = true;
    return true;
  }

  #ping(frame: Frame): boolean {
    const connection = this.#connection;
    if (frame.streamId !== 0) return this.#fail('stream_id', `PING on stream ${frame.streamId}`);
    if (!this.#hasSize(frame, 8)) return false;
    if (!this.#spend(connection.budgets.pings, 'ping_flood')) return false;
    const payload = frame.buffer.subarray(frame.from, frame.to);
    if (frame.flags & frameFlag.ack) {
      if (drainPing.equals(payload)) connection.finishDrain();
      return !connection.isOver;
    }
    connection.writer.ping(payload, true);
    return this.#checkUnread();
  }

  #goaway(frame: Frame): boolean {
    const connection = this.#connection;
    if (frame.streamId !== 0) return this.#fail('stream_id', `GOAWAY on stream ${frame.streamId}`);
    if (frame.to - frame.from < 8) {
      const message = `GOAWAY has ${frame.to - frame.from} bytes`;
      return connection.fail({ rule: 'frame_size', code: errorCode.frameSizeError, message, scope: 'connection' });
    }
    const lastStreamId = frame.buffer.readUInt32BE(frame.from) & 0x7fffffff;
    const code = frame.buffer.readUInt32BE(frame.from + 4);
    const debug = frame.buffer.toString('latin1', frame.from + 8, Math.min(frame.to, frame.from + 208));
    if (!this.#spend(connection.budgets.settings, 'settings_flood')) return false;
    receiveGoaway(connection, { lastStreamId, code, debug });
    return !connection.isOver;
  }

  #windowUpdate(frame: Frame): boolean {
    const connection = this.#connection;
    if (!this.#hasSize(frame, 4)) return false;
    if (!this.#spend(connection.budgets.windowUpdates, 'window_update_flood')) return false;
    const bytes = frame.buffer.readUInt32BE(frame.from) & 0x7fffffff;
    if (frame.streamId === 0) {
      if (bytes === 0) return this.#fail('window', 'WINDOW_UPDATE of 0 for the connection');
      connection.sendWindow += bytes;
      if (connection.sendWindow > maxWindowBytes) return this.#windowOverflow('the window of the connection');
      connection.needsPump = true;
      return true;
    }
    if (this.#isIdle(frame.streamId)) return this.#fail('stream_id', `WINDOW_UPDATE on idle stream ${frame.streamId}`);
    const stream = connection.streams.get(frame.streamId);
    if (stream === undefined) return true;
    stream.sendWindow += bytes;
    if (bytes === 0 || stream.sendWindow > maxWindowBytes) {
      const code = bytes === 0 ? errorCode.protocolError : errorCode.flowControlError;
      const message = bytes === 0 ? 'WINDOW_UPDATE of 0' : `a window beyond ${maxWindowBytes} bytes`;
      return connection.failStream(stream, { rule: 'window', code, message, scope: 'stream' });
    }
    if (stream.queuedBytes > 0) connection.sendQueue.enter(stream);
    connection.needsPump = true;
    return true;
  }

  /** A stream that nobody has opened yet. */
  #isIdle(streamId: number): boolean {
    const { isServer, lastPeerStreamId, nextStreamId } = this.#connection;
    if (streamId === 0 || streamId % 2 === 0) return true;
    return isServer ? streamId > lastPeerStreamId : streamId >= nextStreamId;
  }

  #hasSize(frame: Frame, bytes: number): boolean {
    if (frame.to - frame.from === bytes) return true;
    const message = `a frame of kind ${frame.type} has ${frame.to - frame.from} bytes instead of ${bytes}`;
    return this.#connection.fail({ rule: 'frame_size', code: errorCode.frameSizeError, message, scope: 'connection' });
  }

  #windowOverflow(what: string): false {
    const message = `${what} goes beyond ${maxWindowBytes} bytes`;
    return this.#connection.fail({ rule: 'window', code: errorCode.flowControlError, message, scope: 'connection' });
  }

  #spend(budget: Budget, rule: Rule): boolean {
    if (budget.spend()) return true;
    const message = 'more frames that cost and move nothing than the connection may send';
    return this.#connection.fail({ rule, code: errorCode.enhanceYourCalm, message, scope: 'connection' });
  }

  /** Answers that the peer does not read must not pile up. */
  #checkUnread(): boolean {
    const connection = this.#connection;
    const { maxUnreadControlBytes } = connection.limits;
    if (!connection.output.isFull || connection.output.waitingBytes <= maxUnreadControlBytes) return true;
    return connection.fail(unread(connection.output.waitingBytes));
  }

  #fail(rule: Rule, message: string): false {
    return this.#connection.fail({ rule, code: errorCode.protocolError, message, scope: 'connection' });
  }
}
