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

/** Calls back once when a stream ends: read to its end or given up (without error), or failed. */
export function withEnd<T>(source: AsyncIterable<T>, onEnd: (failure?: unknown) => void): AsyncIterable<T> {
  return {
    [Symbol.asyncIterator]() {
      const iterator = source[Symbol.asyncIterator]();
      return {
        async next() {
          try {
            const result = await iterator.next();
            if (result.done === true) onEnd();
            return result;
          } catch (error) {
            onEnd(error);
            throw error;
          }
        },
        async return() {
          onEnd();
          await iterator.return?.();
          return { done: true, value: undefined };
        },
      };
    },
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
