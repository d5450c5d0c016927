import type { CallScope } from './call-scope.ts';

/**
 * Who waits for the end of a call inside a policy; told exactly one of both, once.
 *
 * Layers hand results on by these two calls instead of promises, so a call through many layers makes one promise.
 */
export interface Done {
  succeed(value: unknown): void;
  fail(error: unknown): void;
}

/** What lies further in: the next layer, or at last the function itself. */
export interface Stage {
  /** Begins the call; never throws, also not for a refusal. */
  start(call: CallScope, done: Done): void;
}

/** One policy as a part of a composition. */
export interface Layer {
  /** Makes the stage that stands before `inner`; it may start what lies inside once, several times, or never. */
  around(inner: Stage): Stage;
}

/** Where policies made here keep the layers they consist of. */
export const layersOf: unique symbol = Symbol('@mainstay/resilience/layers');

/** The innermost stage: calls the function. */
const workStage: Stage = {
  start(call, done) {
    call.markBegun();
    call.root.endTurn();
    let result: unknown;
    try {
      result = call.root.work(call);
    } catch (error) {
      done.fail(error);
      return;
    }
    if (isThenable(result)) {
      result.then(
        (value) => done.succeed(value),
        (error) => done.fail(error),
      );
    } else done.succeed(result);
  },
};

/** Links layers, outermost first, down to the function. */
export function compile(layers: readonly Layer[]): Stage {
  return layers.reduceRight<Stage>((inner, layer) => layer.around(inner), workStage);
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return value instanceof Promise || typeof (value as { then?: unknown } | undefined | null)?.then === 'function';
}
