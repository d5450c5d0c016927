import { errorCode } from '../../faults/error-code.ts';
import { frameFlag } from '../frames/frame.ts';
import type { Frame } from '../frames/frame-reader.ts';
import type { ConnectionCore } from './connection-core.ts';
import type { Http2Stream } from './stream.ts';
import { resetFlood } from './usual-faults.ts';

/** Takes a DATA frame (RFC 9113 section 6.1); false when the connection has ended. */
export function receiveData(connection: ConnectionCore, frame: Frame): boolean {
  const { streamId } = frame;
  // Padding counts against the windows.
  const bytes = frame.to - frame.from;
  const isEnd = (frame.flags & frameFlag.endStream) !== 0;
  const newest = connection.isServer ? connection.lastPeerStreamId : connection.nextStreamId - 2;
  if (streamId % 2 === 0 || streamId > newest) {
    const message = `DATA on stream ${streamId}, which is not open`;
    return connection.fail({ rule: 'stream_id', code: errorCode.protocolError, message, scope: 'connection' });
  }
  if ((frame.flags & frameFlag.padded) !== 0 && !unpad(frame)) {
    const message = 'a DATA frame has more padding than content';
    return connection.fail({ rule: 'frame_shape', code: errorCode.protocolError, message, scope: 'connection' });
  }
  connection.credit.windowBytes -= bytes;
  if (connection.credit.windowBytes < 0) {
    const message = `more than ${connection.limits.connectionWindowBytes} bytes were sent before we took them`;
    return connection.fail({ rule: 'window', code: errorCode.flowControlError, message, scope: 'connection' });
  }
  const payload = frame.to - frame.from;
  if (payload === 0 && !isEnd && !connection.budgets.emptyFrames.spend()) {
    const message = 'more empty frames than a connection may send';
    return connection.fail({
      rule: 'empty_frame_flood',
      code: errorCode.enhanceYourCalm,
      message,
      scope: 'connection',
    });
  }
  const stream = connection.streams.get(streamId);
  if (stream === undefined || stream.hasEndedRemotely) {
    connection.credit.give(bytes);
    return closedStream(connection, stream, streamId);
  }
  stream.receiveWindow -= bytes;
  if (stream.receiveWindow < 0) {
    connection.credit.give(bytes);
    const message = `more than ${connection.limits.streamWindowBytes} bytes were sent before we took them`;
    return connection.failStream(stream, {
      rule: 'window',
      code: errorCode.flowControlError,
      message,
      scope: 'stream',
    });
  }
  if (!stream.hasHead) {
    connection.credit.give(bytes);
    const message = 'DATA before the head of the answer';
    return connection.failStream(stream, {
      rule: 'stream_state',
      code: errorCode.protocolError,
      message,
      scope: 'stream',
    });
  }
  stream.heldBytes += bytes;
  if (bytes !== payload) connection.credit.consume(stream, bytes - payload);
  stream.receivedBytes += payload;
  if (stream.declaredBytes >= 0 && stream.receivedBytes > stream.declaredBytes) {
    return lengthDiffers(connection, stream);
  }
  if (isEnd) {
    stream.hasEndedRemotely = true;
    if (!checkEnd(connection, stream)) return !connection.isOver;
    if (stream.hasEndedLocally) connection.closeStream(stream);
  }
  if (payload > 0 || isEnd) stream.events.onData(frame, isEnd);
  return !connection.isOver;
}

/** At the end of a message its length must be the one it announced (RFC 9113 section 8.1.1). */
export function checkEnd(connection: ConnectionCore, stream: Http2Stream): boolean {
  if (stream.declaredBytes < 0 || stream.declaredBytes === stream.receivedBytes) return true;
  lengthDiffers(connection, stream);
  return false;
}

function lengthDiffers(connection: ConnectionCore, stream: Http2Stream): boolean {
  const message = 'the content has not the length that was announced';
  return connection.failStream(stream, {
    rule: 'content_length',
    code: errorCode.protocolError,
    message,
    scope: 'stream',
  });
}

function unpad(frame: Frame): boolean {
  if (frame.from === frame.to) return false;
  frame.to -= frame.buffer[frame.from]!;
  frame.from += 1;
  return frame.from <= frame.to;
}

/** What we reset may still be on its way to us; anything else on a closed stream is an error of that stream. */
function closedStream(connection: ConnectionCore, stream: Http2Stream | undefined, streamId: number): boolean {
  if (stream === undefined && connection.recentlyReset.has(streamId)) return true;
  const message = 'DATA on a closed stream';
  const fault = { rule: 'stream_state', code: errorCode.streamClosed, message, scope: 'stream' } as const;
  if (stream !== undefined) return connection.failStream(stream, fault);
  connection.events.onFault(fault);
  if (!connection.budgets.resets.spend()) return connection.fail(resetFlood);
  connection.recentlyReset.add(streamId);
  connection.writer.resetStream(streamId, errorCode.streamClosed);
  return true;
}
