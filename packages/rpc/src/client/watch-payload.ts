import type { Message } from '@bufbuild/protobuf';
import { isPlatformError, type PlatformError } from '@mainstay/kernel';
import type { EngineAnswer, Payload } from '../engine/engine.ts';
import { abortFailure } from '../wire/abort-failure.ts';
import { callIsOver } from '../wire/call-scope.ts';
import { fromConnectError } from '../wire/from-connect-error.ts';
import { isStream } from '../wire/streams.ts';
import type { OutgoingCall } from './outgoing-call.ts';
import { withPayload } from './streamed-try.ts';

/** A payload that tells whether it was read; what was read cannot be sent again. */
export interface CountedPayload {
  readonly payload: Payload;
  readonly wasRead: () => boolean;
}

const never = (): boolean => false;

/** Watches the reading of a stream of requests. A message can be sent any number of times. */
export function countedPayload(payload: Payload): CountedPayload {
  if (!isStream<Message>(payload)) return { payload, wasRead: never };
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

/** Ends the call with its stream of answers: at the last element, a failure, or when the call is cut off. */
export function watchedAnswer(answer: EngineAnswer, call: OutgoingCall): EngineAnswer {
  const iterator = (answer.payload as AsyncIterable<Message>)[Symbol.asyncIterator]();
  let isOver = false;
  const end = (failure?: PlatformError): void => {
    if (isOver) return;
    isOver = true;
    call.finish(failure);
  };
  const toFailure = (error: unknown): PlatformError => {
    if (isPlatformError(error) && error !== call.reason) return error;
    return call.isCanceled ? abortFailure(call.reason, 'maybe') : fromConnectError(error);
  };
  call.listen({
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
          const result = await call.race(iterator.next());
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
  return withPayload(answer, payload);
}
