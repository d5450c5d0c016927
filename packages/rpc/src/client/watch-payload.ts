import type { Message } from '@bufbuild/protobuf';
import { isPlatformError, type PlatformError } from '@mainstay/kernel';
import type { EngineAnswer, Payload } from '../engine/engine.ts';
import { abortFailure } from '../wire/abort-failure.ts';
import { type CallScope, callIsOver } from '../wire/call-scope.ts';
import { fromConnectError } from '../wire/from-connect-error.ts';
import { isStream } from '../wire/streams.ts';

/** A payload that tells whether it was read; what was read cannot be sent again. */
export interface CountedPayload {
  readonly payload: Payload;
  readonly wasRead: () => boolean;
}

/** Watches the reading of a stream of requests. A message can be sent any number of times. */
export function countedPayload(payload: Payload): CountedPayload {
  if (!isStream<Message>(payload)) return { payload, wasRead: () => false };
  let read = false;
  const iterator = payload[Symbol.asyncIterator]();
  const stream: AsyncIterable<Message> = {
    [Symbol.asyncIterator]: () => ({
      next() {
        read = true;
        return iterator.next();
      },
      async return() {
        // A try that never got so far as to read leaves the stream to the next try.
        if (read) await iterator.return?.();
        return { done: true, value: undefined };
      },
    }),
  };
  return { payload: stream, wasRead: () => read };
}

/** Ends the call with its answer: at once for a message, at its last element, failure or abort for a stream. */
export function watchedAnswer(
  answer: EngineAnswer,
  scope: CallScope,
  finish: (failure?: PlatformError) => void,
): EngineAnswer {
  if (!isStream<Message>(answer.payload)) {
    finish();
    return answer;
  }
  const iterator = answer.payload[Symbol.asyncIterator]();
  let isOver = false;
  const end = (failure?: PlatformError): void => {
    if (isOver) return;
    isOver = true;
    finish(failure);
  };
  const toFailure = (error: unknown): PlatformError => {
    if (isPlatformError(error) && error !== scope.reason) return error;
    return scope.isCanceled ? abortFailure(scope.reason, 'maybe') : fromConnectError(error);
  };
  scope.listen({
    onCancel(reason) {
      if (reason === callIsOver) return;
      end(abortFailure(reason, 'maybe'));
      // Nobody may be reading, and the place of the call counts its streams.
      void iterator.return?.().catch(() => undefined);
    },
  });
  const payload: AsyncIterable<Message> = {
    [Symbol.asyncIterator]: () => ({
      async next() {
        try {
          const result = await scope.race(iterator.next());
          if (result.done === true) end();
          return result;
        } catch (error) {
          const failure = toFailure(error);
          end(failure);
          throw failure;
        }
      },
      async return() {
        end();
        await iterator.return?.();
        return { done: true, value: undefined };
      },
    }),
  };
  return { ...answer, payload };
}
