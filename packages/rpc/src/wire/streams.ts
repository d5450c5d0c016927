/** Maps each element of a stream; an end asked for by the reader reaches the source. */
export function mapStream<T, U>(source: AsyncIterable<T>, map: (value: T) => U): AsyncIterable<U> {
  return {
    [Symbol.asyncIterator]() {
      const iterator = source[Symbol.asyncIterator]();
      return {
        async next() {
          const result = await iterator.next();
          if (result.done === true) return { done: true, value: undefined };
          return { done: false, value: map(result.value) };
        },
        async return() {
          await iterator.return?.();
          return { done: true, value: undefined };
        },
      };
    },
  };
}

/** Waits for the first element, end or failure of a stream, and gives back a stream that starts with it. */
export async function withFirst<T>(source: AsyncIterable<T>): Promise<AsyncIterable<T>> {
  const iterator = source[Symbol.asyncIterator]();
  const first = iterator.next();
  // The reader gets the same rejection from the same promise.
  await first.catch(() => undefined);
  let isFirst = true;
  return {
    [Symbol.asyncIterator]: () => ({
      next() {
        if (!isFirst) return iterator.next();
        isFirst = false;
        return first;
      },
      async return() {
        await iterator.return?.();
        return { done: true, value: undefined };
      },
    }),
  };
}

/** A stream of one element that is known already. */
export async function* streamOf<T>(value: T): AsyncIterable<T> {
  yield value;
}

/** Tells a stream from a message. */
export function isStream<T>(value: object): value is AsyncIterable<T> {
  return Symbol.asyncIterator in value;
}
