import type { Message } from '@bufbuild/protobuf';
import type { EngineAnswer } from '../engine/engine.ts';
import { fromConnectError } from '../wire/from-connect-error.ts';
import { isStream, withEnd, withFirst } from '../wire/streams.ts';
import type { CallPlace } from './call-target.ts';
import type { OutgoingCall } from './outgoing-call.ts';

/**
 * The answer of a try of a method that streams: the place is told when a stream of answers ends.
 *
 * A stream of answers to one request that fails before its first element may be tried elsewhere, so its first element is
 * waited for, and a failure before it rejects.
 */
export async function streamedTry(answer: EngineAnswer, place: CallPlace, call: OutgoingCall): Promise<EngineAnswer> {
  if (!isStream<Message>(answer.payload)) {
    place.end(undefined);
    return answer;
  }
  const onEnd = (error: unknown): void => place.end(error === undefined ? undefined : fromConnectError(error));
  const stream = withEnd(answer.payload, onEnd);
  // Only one request can be sent again.
  const isRepeatable = call.request.method.methodKind === 'server_streaming';
  return withPayload(answer, isRepeatable ? await withFirst(stream, 'throw') : stream);
}

/** An answer with another payload; its headers are read when they are asked for, as they may be filled until then. */
export function withPayload(answer: EngineAnswer, payload: EngineAnswer['payload']): EngineAnswer {
  return {
    payload,
    get header() {
      return answer.header;
    },
    get trailer() {
      return answer.trailer;
    },
  };
}
