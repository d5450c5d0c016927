import { errorCode } from '../../faults/error-code.ts';
import type { Rule } from '../../faults/fault.ts';
import type { DecodedBlock } from '../hpack/decoded-block.ts';
import type { ConnectionCore } from './connection-core.ts';
import type { HeaderBlock } from './header-assembler.ts';
import { areTrailers, type ResponseHead, readRequestHead, readResponseHead } from './header-rules.ts';
import { checkEnd } from './receive-data.ts';
import type { Http2Stream, StreamEvents } from './stream.ts';
import { resetFlood, unread } from './usual-faults.ts';

/** Takes a complete header block; false when the connection has ended. */
export function receiveBlock(connection: ConnectionCore, block: HeaderBlock): boolean {
  const { decoder } = connection.receiver;
  // Also for streams that are refused or closed: the table must stay in step.
  const decoded = decoder.decode(block.buffer, block.from, block.to);
  if (decoded === undefined) {
    const message = `a header block cannot be read: ${decoder.fault}`;
    return connection.fail({
      rule: 'header_compression',
      code: errorCode.compressionError,
      message,
      scope: 'connection',
    });
  }
  const stream = connection.streams.get(block.streamId);
  if (stream !== undefined) return laterBlock(connection, stream, { decoded, isEnd: block.isEnd });
  if (connection.isServer && block.streamId > connection.lastPeerStreamId) {
    return firstBlock(connection, block, decoded);
  }
  if (connection.recentlyReset.has(block.streamId)) return true;
  if (connection.isServer) {
    const message = `HEADERS on stream ${block.streamId}, which is not open and not newer than ${connection.lastPeerStreamId}`;
    return connection.fail({ rule: 'stream_id', code: errorCode.protocolError, message, scope: 'connection' });
  }
  return refuse(connection, block.streamId, { rule: 'stream_state', code: errorCode.streamClosed });
}

function firstBlock(connection: ConnectionCore, block: HeaderBlock, decoded: DecodedBlock): boolean {
  connection.lastPeerStreamId = block.streamId;
  const { waitingBytes } = connection.output;
  if (waitingBytes > connection.limits.maxUnreadBytes) return connection.fail(unread(waitingBytes));
  if (connection.isFinal) {
    if (!connection.budgets.resets.spend()) return connection.fail(resetFlood);
    connection.recentlyReset.add(block.streamId);
    connection.writer.resetStream(block.streamId, errorCode.refusedStream);
    return true;
  }
  if (connection.openCount >= connection.limits.maxConcurrentStreams) {
    return refuse(connection, block.streamId, { rule: 'too_many_streams', code: errorCode.refusedStream });
  }
  if (decoded.isTooLarge) {
    return refuse(connection, block.streamId, { rule: 'header_list_size', code: errorCode.enhanceYourCalm });
  }
  const head = readRequestHead(decoded.fields);
  if (head === undefined) {
    return refuse(connection, block.streamId, { rule: 'header_fields', code: errorCode.protocolError });
  }
  const stream = connection.addStream(block.streamId, deaf);
  stream.hasHead = true;
  stream.hasEndedRemotely = block.isEnd;
  stream.declaredBytes = head.contentLength;
  if (block.isEnd && !checkEnd(connection, stream)) return !connection.isOver;
  connection.events.onStream(stream, head, decoded);
  return !connection.isOver;
}

function laterBlock(
  connection: ConnectionCore,
  stream: Http2Stream,
  { decoded, isEnd }: { decoded: DecodedBlock; isEnd: boolean },
): boolean {
  const fail = (rule: Rule, code: number, message: string): boolean =>
    connection.failStream(stream, { rule, code, message, scope: 'stream' });
  if (stream.hasEndedRemotely) return fail('stream_state', errorCode.streamClosed, 'HEADERS after the end of a stream');
  if (decoded.isTooLarge) {
    return fail('header_list_size', errorCode.enhanceYourCalm, 'a header list is larger than our limit');
  }
  if (!stream.hasHead) {
    decoded.head ??= readResponseHead(decoded.fields);
    const head = decoded.head as ResponseHead | undefined;
    const isInformational = head !== undefined && head.status < 200;
    if (head === undefined || (isInformational && isEnd)) {
      return fail('header_fields', errorCode.protocolError, 'the head of an answer is malformed');
    }
    if (isInformational) {
      if (connection.budgets.emptyFrames.spend()) return true;
      return fail('empty_frame_flood', errorCode.enhanceYourCalm, 'informational answers without an end');
    }
    stream.hasHead = true;
    stream.declaredBytes = head.contentLength;
  } else if (!(isEnd && (decoded.head === trailers || areTrailers(decoded.fields)))) {
    return fail('header_fields', errorCode.protocolError, 'trailers are malformed or do not end the stream');
  } else {
    decoded.head = trailers;
  }
  if (isEnd) {
    stream.hasEndedRemotely = true;
    if (!checkEnd(connection, stream)) return !connection.isOver;
    if (stream.hasEndedLocally) connection.closeStream(stream);
  }
  stream.events.onHeaders(decoded, isEnd);
  return !connection.isOver;
}

/** Marks a block that was found to be good trailers. */
const trailers = Symbol('trailers');

const messages: Partial<Record<Rule, string>> = {
  too_many_streams: 'more streams at once than we take',
  header_list_size: 'a header list is larger than our limit',
  header_fields: 'the head of a request is malformed',
  stream_state: 'HEADERS on a closed stream',
};

/** Refuses a stream that was never opened; what the peer sends on it is ignored from now on. */
function refuse(connection: ConnectionCore, streamId: number, fault: { rule: Rule; code: number }): boolean {
  connection.events.onFault({ ...fault, message: messages[fault.rule] ?? fault.rule, scope: 'stream' });
  if (!connection.budgets.resets.spend()) return connection.fail(resetFlood);
  connection.recentlyReset.add(streamId);
  connection.writer.resetStream(streamId, fault.code);
  return true;
}

/** Until the owner of a new stream says where to. */
const deaf: StreamEvents = {
  onHeaders: () => undefined,
  onData: () => undefined,
  onWritable: () => undefined,
  onReset: () => undefined,
};
