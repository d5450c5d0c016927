import type { PlatformError } from '@mainstay/kernel';
import { type CallScope, callIsOver } from '../wire/call-scope.ts';

/** What guards a stream of answers. */
export interface StreamGuard {
  readonly scope: CallScope;
  /** Runs a step of the handler in the context of its call. */
  run<T>(step: () => T): T;
  /** Ends the call. */
  succeed(): void;
  /** Ends the call; gives back the error to show. */
  fail(error: unknown): PlatformError;
}

/**
 * Keeps a handler's stream inside its call: every step runs in the context of the call, the stream fails at the
 * deadline or when the caller goes away, and the handler's `finally` blocks run however it ends.
 */
export function guardStream<T>(source: AsyncIterable<T>, guard: StreamGuard): AsyncIterable<T> {
  const iterator = guard.run(() => source[Symbol.asyncIterator]());
  const stop = (): void => {
    // The handler may be stuck before it notices; nobody waits for it.
    void guard.run(() => iterator.return?.())?.catch(() => undefined);
  };
  // A caller that went away asks for nothing more, so this is the only notice of it.
  guard.scope.listen({
    onCancel(reason) {
      if (reason === callIsOver) return;
      stop();
      guard.fail(reason);
    },
  });

  return {
    [Symbol.asyncIterator]: () => ({
      async next() {
        try {
          const result = await guard.scope.race(guard.run(() => iterator.next()));
          if (result.done === true) guard.succeed();
          return result;
        } catch (error) {
          throw guard.fail(error);
        }
      },
      async return() {
        stop();
        guard.succeed();
        return { done: true, value: undefined };
      },
    }),
  };
}
