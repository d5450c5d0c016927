import type { Message } from '@bufbuild/protobuf';
import type { Payload } from '../engine/engine.ts';
import { isStream } from '../wire/streams.ts';

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
