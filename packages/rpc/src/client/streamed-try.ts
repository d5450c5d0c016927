import type { Message } from '@bufbuild/protobuf';
import type { EngineAnswer } from '../engine/engine.ts';
import { isStream } from '../wire/streams.ts';
import { type AnswersOwner, ReceivedAnswers } from './received-answers.ts';

/**
 * The answer of a try of a method that streams: place and call are told when a stream of answers ends.
 *
 * A stream of answers to one request that fails before its first element may be tried elsewhere, so its first element is
 * waited for, and a failure before it rejects.
 */
export async function streamedTry(answer: EngineAnswer, owner: AnswersOwner): Promise<EngineAnswer> {
  if (!isStream<Message>(answer.payload)) {
    owner.place.end(undefined);
    return answer;
  }
  const source = answer.payload[Symbol.asyncIterator]();
  // Only one request can be sent again.
  const isRepeatable = owner.call.request.method.methodKind === 'server_streaming';
  const first = isRepeatable ? await source.next() : undefined;
  return withPayload(answer, new ReceivedAnswers(source, owner, first));
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
