import { type CallScope, InnerScope } from './call-scope.ts';

/**
 * One policy inside a composition, linked both ways: `inner` lies further in, down to the function, `outer` further out,
 * up to the promise of the call.
 *
 * A call goes inwards by `start` and comes back by `succeed` or `fail`, exactly one of both for each start, with the scope
 * that was handed in. Within one scope a stage runs once at a time. So a stage that has nothing to remember about a
 * call makes no object for it, and one that has either hands in a scope of its own or writes into the one it gets.
 *
 * @typeParam Inward - the scope that this stage hands in.
 */
export abstract class Stage<Inward extends CallScope = CallScope> {
  /** Set before the first call, by {@link compile}. */
  inner!: Stage;
  outer!: Stage;

  /** Begins the call; never throws, also not for a refusal. What lies inside may be started once, several times, or never. */
  start(call: CallScope): void {
    this.inner.start(call);
  }

  succeed(call: Inward, value: unknown): void {
    this.outer.succeed(call, value);
  }

  fail(call: Inward, error: unknown): void {
    this.outer.fail(call, error);
  }
}

/** One policy as a part of a composition. */
export interface Layer {
  /**
   * Makes the stages of one composition, outermost first; nearly always one.
   *
   * @param outside - the stages further out, outermost first.
   */
  stages(outside: readonly Stage[]): readonly Stage[];
}

/** Where policies made here keep the layers they consist of. */
export const layersOf: unique symbol = Symbol('@mainstay/resilience/layers');

/** Gives what lies inside a scope of its own, where the one outside is written into already. */
export class ScopeStage extends Stage<InnerScope> {
  override start(call: CallScope): void {
    this.inner.start(new InnerScope(call));
  }

  override succeed(scope: InnerScope, value: unknown): void {
    scope.close();
    this.outer.succeed(scope.parent, value);
  }

  override fail(scope: InnerScope, error: unknown): void {
    scope.close();
    this.outer.fail(scope.parent, error);
  }
}

/** The innermost stage: calls the function. */
class WorkStage extends Stage {
  override start(call: CallScope): void {
    const { outer } = this;
    call.markBegun();
    call.root.endTurn();
    let result: unknown;
    try {
      result = call.root.work(call);
    } catch (error) {
      outer.fail(call, error);
      return;
    }
    if (isThenable(result)) {
      result.then(
        (value) => outer.succeed(call, value),
        (error) => outer.fail(call, error),
      );
    } else outer.succeed(call, result);
  }
}

/**
 * Links the stages of layers, outermost first, between the end of the call and the function.
 *
 * @param end - told how the whole call ended.
 * @returns the first stage to start.
 */
export function compile(layers: readonly Layer[], end: Stage): Stage {
  const stages: Stage[] = [end];
  for (const layer of layers) stages.push(...layer.stages(stages));
  stages.push(new WorkStage());
  stages.reduce((outer, inner) => {
    outer.inner = inner;
    inner.outer = outer;
    return inner;
  });
  return end.inner;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return value instanceof Promise || typeof (value as { then?: unknown } | undefined | null)?.then === 'function';
}
