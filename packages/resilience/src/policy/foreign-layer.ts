import { type CallScope, InnerScope } from './call-scope.ts';
import { type Layer, Stage } from './layer.ts';
import type { Policy } from './policy-types.ts';

/** Lets any object with an `execute` take part in a composition, at the cost of the promises it makes. */
export function foreignLayer(policy: Policy<unknown>): Layer {
  return { stages: () => [new ForeignStage(policy)] };
}

class ForeignStage extends Stage<ForeignScope> {
  readonly #policy: Policy<unknown>;

  constructor(policy: Policy<unknown>) {
    super();
    this.#policy = policy;
  }

  override start(call: CallScope): void {
    const { inner, outer } = this;
    const run = (told?: { readonly signal?: AbortSignal }): Promise<unknown> =>
      new Promise((resolve, reject) => {
        call.root.endTurn();
        inner.start(new ForeignScope(call, told?.signal, { resolve, reject }));
      });
    const about = { ...call.root.facts, cancellation: undefined, signal: call.signal };
    void (async () => await this.#policy.execute(run, about))().then(
      (value) => outer.succeed(call, value),
      (error) => outer.fail(call, error),
    );
  }

  override succeed(scope: ForeignScope, value: unknown): void {
    scope.close();
    scope.promise.resolve(value);
  }

  override fail(scope: ForeignScope, error: unknown): void {
    scope.close();
    scope.promise.reject(error);
  }
}

/** One run that a foreign policy began, cancelled by the signal that it gave. */
class ForeignScope extends InnerScope {
  readonly promise: { resolve(value: unknown): void; reject(error: unknown): void };
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = (): void => this.cancel(this.#signal?.reason);

  constructor(call: CallScope, signal: AbortSignal | undefined, promise: ForeignScope['promise']) {
    super(call);
    this.#signal = signal;
    this.promise = promise;
    if (signal?.aborted) this.#onAbort();
    else signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  override close(): void {
    this.#signal?.removeEventListener('abort', this.#onAbort);
    super.close();
  }
}
