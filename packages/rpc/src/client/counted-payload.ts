import type { Message } from '@bufbuild/protobuf';

/** A stream of requests that tells whether it was read; what was read cannot be sent again. */
export interface CountedPayload {
  readonly payload: AsyncIterable<Message>;
  readonly wasRead: () => boolean;
}

/** Watches the reading of a stream of requests. */
export function countedPayload(payload: AsyncIterable<Message>): CountedPayload {
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
