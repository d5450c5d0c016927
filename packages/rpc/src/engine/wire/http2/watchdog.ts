import { errorCode } from '../../faults/error-code.ts';
import type { Fault } from '../../faults/fault.ts';
import type { ConnectionCore } from './connection-core.ts';
import { keepalivePing } from './pings.ts';

/** How often a connection is looked at; all its limits of time are kept to this much. */
const tickMs = 1_000;
/** A peer that does not answer the ping of a drain learns the last stream id after this time all the same. */
const drainPingMs = 1_000;

/**
 * Keeps the limits of time of a connection: one look a second instead of a timer for each.
 *
 * States of the handshake: nothing read → SETTINGS seen → ours acknowledged. Keepalive: quiet → asked → answered by
 * anything that is read.
 */
export class Watchdog {
  readonly #connection: ConnectionCore;
  readonly #openedAtMs: number;
  #cancel: () => void = () => undefined;
  #reads = 0;
  #readsSeen = 0;
  #readAtMs: number;
  #partialSinceMs = 0;
  #framesSeen = 0;
  #writtenSeen = 0;
  #writeStallSinceMs = 0;
  #askedAtMs = 0;
  #idleSinceMs = 0;
  #drainingSinceMs = 0;
  hasPeerSettings = false;
  hasSettingsAck = false;

  constructor(connection: ConnectionCore) {
    this.#connection = connection;
    this.#openedAtMs = connection.clock.monotonicMs();
    this.#readAtMs = this.#openedAtMs;
    this.#schedule();
  }

  /** Something was read: the peer lives. */
  noteRead(): void {
    this.#reads += 1;
    this.#askedAtMs = 0;
  }

  /** The first step of a drain was made. */
  startDrain(): void {
    this.#drainingSinceMs = this.#connection.clock.monotonicMs();
  }

  stop(): void {
    this.#cancel();
  }

  #schedule(): void {
    this.#cancel = this.#connection.clock.after(tickMs, () => this.#tick());
  }

  #tick(): void {
    const connection = this.#connection;
    if (connection.isOver) return;
    const nowMs = connection.clock.monotonicMs();
    const fault = this.#handshake(nowMs) ?? this.#partial(nowMs);
    if (fault !== undefined) {
      connection.fail(fault);
      return;
    }
    const dead = this.#writeStall(nowMs) ?? this.#silence(nowMs);
    if (dead !== undefined) {
      connection.events.onFault(dead);
      connection.cut(dead.message);
      return;
    }
    this.#stalledStreams(nowMs);
    this.#lateRequests(nowMs);
    this.#age(nowMs);
    this.#readsSeen = this.#reads;
    if (!connection.isOver) this.#schedule();
  }

  #handshake(nowMs: number): Fault | undefined {
    const { handshakeTimeoutMs, settingsAckTimeoutMs } = this.#connection.limits;
    const ageMs = nowMs - this.#openedAtMs;
    if (!this.hasPeerSettings && ageMs >= handshakeTimeoutMs) {
      const message = `no SETTINGS within ${handshakeTimeoutMs} ms`;
      return { rule: 'handshake_timeout', code: errorCode.settingsTimeout, message, scope: 'connection' };
    }
    if (!this.hasSettingsAck && ageMs >= Math.max(settingsAckTimeoutMs, handshakeTimeoutMs)) {
      const message = `our SETTINGS were not acknowledged within ${settingsAckTimeoutMs} ms`;
      return { rule: 'settings_ack_timeout', code: errorCode.settingsTimeout, message, scope: 'connection' };
    }
    return undefined;
  }

  /** A frame or block whose rest does not come; bytes that trickle in do not buy more time. */
  #partial(nowMs: number): Fault | undefined {
    const { limits, isInsideFrame, receiver } = this.#connection;
    if (!isInsideFrame) this.#partialSinceMs = 0;
    else if (this.#partialSinceMs === 0 || this.#framesSeen !== receiver.frameCount) this.#partialSinceMs = nowMs;
    this.#framesSeen = receiver.frameCount;
    if (this.#partialSinceMs === 0 || nowMs - this.#partialSinceMs < limits.partialTimeoutMs) return undefined;
    const message = `the rest of a frame or header block did not come within ${limits.partialTimeoutMs} ms`;
    return { rule: 'partial_timeout', code: errorCode.enhanceYourCalm, message, scope: 'connection' };
  }

  #writeStall(nowMs: number): Fault | undefined {
    const { output, limits } = this.#connection;
    const written = output.flushedCount;
    const isStuck = output.isFull && written === this.#writtenSeen;
    this.#writtenSeen = written;
    if (!isStuck) this.#writeStallSinceMs = 0;
    else if (this.#writeStallSinceMs === 0) this.#writeStallSinceMs = nowMs;
    if (!isStuck || nowMs - this.#writeStallSinceMs < limits.writeStallTimeoutMs) return undefined;
    const message = `the peer read nothing for ${limits.writeStallTimeoutMs} ms while ${output.waitingBytes} bytes waited`;
    return { rule: 'write_stall', code: errorCode.cancel, message, scope: 'connection' };
  }

  #silence(nowMs: number): Fault | undefined {
    const { limits, openCount, writer } = this.#connection;
    if (this.#reads !== this.#readsSeen) this.#readAtMs = nowMs;
    if (limits.keepaliveMs === 0 || openCount === 0) return undefined;
    if (this.#askedAtMs === 0) {
      if (nowMs - this.#readAtMs < limits.keepaliveMs) return undefined;
      this.#askedAtMs = nowMs;
      writer.ping(keepalivePing, false);
      return undefined;
    }
    if (nowMs - this.#askedAtMs < limits.keepaliveTimeoutMs) return undefined;
    const message = `no sign of life within ${limits.keepaliveTimeoutMs} ms`;
    return { rule: 'keepalive_timeout', code: errorCode.cancel, message, scope: 'connection' };
  }

  /** Streams that a peer's window of 0 has stopped for too long hold our memory. */
  #stalledStreams(nowMs: number): void {
    const connection = this.#connection;
    if (connection.sendQueue.queuedBytes === 0) return;
    const { streamStallTimeoutMs } = connection.limits;
    for (const stream of connection.streams.values()) {
      if (stream.queuedBytes === 0) continue;
      if (stream.stalledSinceMs === 0) stream.stalledSinceMs = nowMs;
      if (nowMs - stream.stalledSinceMs < streamStallTimeoutMs) continue;
      const message = `the peer's window let less than 16 KiB through in ${streamStallTimeoutMs} ms`;
      connection.failStream(stream, { rule: 'stream_stall', code: errorCode.cancel, message, scope: 'stream' });
    }
  }

  /** Requests that never become whole hold a place, and no handler has a deadline for them yet. */
  #lateRequests(nowMs: number): void {
    const connection = this.#connection;
    const { requestTimeoutMs } = connection.limits;
    for (const stream of connection.streams.values()) {
      if (stream.requestSinceMs < 0 || stream.hasEndedRemotely) continue;
      if (stream.requestSinceMs === 0) stream.requestSinceMs = nowMs;
      if (nowMs - stream.requestSinceMs < requestTimeoutMs) continue;
      const message = `the request was not complete within ${requestTimeoutMs} ms`;
      connection.failStream(stream, { rule: 'request_timeout', code: errorCode.cancel, message, scope: 'stream' });
    }
  }

  #age(nowMs: number): void {
    const connection = this.#connection;
    const { idleTimeoutMs, maxAgeMs } = connection.limits;
    if (this.#drainingSinceMs > 0 && nowMs - this.#drainingSinceMs >= drainPingMs) connection.finishDrain();
    if (connection.openCount > 0) this.#idleSinceMs = 0;
    else if (this.#idleSinceMs === 0) this.#idleSinceMs = nowMs;
    const isIdle = idleTimeoutMs > 0 && this.#idleSinceMs > 0 && nowMs - this.#idleSinceMs >= idleTimeoutMs;
    if (isIdle || (maxAgeMs > 0 && nowMs - this.#openedAtMs >= maxAgeMs)) connection.drain();
  }
}
