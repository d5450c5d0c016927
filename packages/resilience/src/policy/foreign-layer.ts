import { InnerScope } from './call-scope.ts';
import type { Layer, Stage } from './layer.ts';
import type { Policy } from './policy-types.ts';

/** Lets any object with an `execute` take part in a composition, at the cost of the promises it makes. */
export function foreignLayer(policy: Policy<unknown>): Layer {
  const around = (inner: Stage): Stage => ({
    start(call, done) {
      const run = (told?: { readonly signal?: AbortSignal }): Promise<unknown> =>
        new Promise((resolve, reject) => {
          const scope = new InnerScope(call);
          const signal = told?.signal;
          const onAbort = (): void => scope.cancel(signal?.reason);
          const end = (): void => {
            signal?.removeEventListener('abort', onAbort);
            scope.close();
          };
          if (signal?.aborted) onAbort();
          else signal?.addEventListener('abort', onAbort, { once: true });
          inner.start(scope, {
            succeed(value) {
              end();
              resolve(value);
            },
            fail(error) {
              end();
              reject(error);
            },
          });
        });
      void (async () =>
        await policy.execute(run, { ...call.root.facts, cancellation: undefined, signal: call.signal }))().then(
        (value) => done.succeed(value),
        (error) => done.fail(error),
      );
    },
  });
  return { around };
}
