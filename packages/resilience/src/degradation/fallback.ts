import type { CallScope } from '../policy/call-scope.ts';
import { Stage } from '../policy/layer.ts';
import { LayerPolicy } from '../policy/layer-policy.ts';
import { type PolicyListener, tell } from '../policy/policy-events.ts';
import type { Policy, PolicyCall } from '../policy/policy-types.ts';
import { isUnserved } from './is-unserved.ts';
import { tellDegraded } from './tell-degraded.ts';

/** Options of {@link createFallback}. */
export interface FallbackOptions<R> {
  /** What is answered instead, for events and for the caller. */
  readonly name: string;
  /** Gives the other answer; what it throws replaces nothing: the caller gets the first error. */
  readonly answer: (error: unknown, call: PolicyCall) => R | PromiseLike<R>;
  /** Chooses the errors it stands in for, default {@link isUnserved}: those of a dependency that gave no answer. */
  readonly when?: (error: unknown) => boolean;
  /** Events: `answered`, `failed`. */
  readonly onEvent?: PolicyListener;
}

/** Another answer for when there is none. */
export interface Fallback<R> extends Policy<R> {
  readonly name: string;
}

/**
 * Makes a fall-back: where the call inside fails for want of an answer, another one is given, and the caller is told so.
 *
 * Put it outermost: what it answers is a success for everything outside.
 *
 * @example
 * const products = policy(createFallback({ name: 'no-recommendations', answer: () => [] }), createTimeout({ name: 'recommendations', limitMs: 100 }));
 * const list = await products.execute(({ signal }) => recommend(user, signal), { onDegraded: ({ name }) => degraded.push(name) });
 */
export function createFallback<R>(options: FallbackOptions<R>): Fallback<R> {
  return new FallbackLayer(options);
}

class FallbackLayer<R> extends LayerPolicy<R> implements Fallback<R> {
  readonly options: FallbackOptions<R>;

  constructor(options: FallbackOptions<R>) {
    super();
    this.options = options;
  }

  get name(): string {
    return this.options.name;
  }

  stages(): readonly Stage[] {
    return [new FallbackStage(this.options)];
  }
}

class FallbackStage extends Stage {
  readonly #options: FallbackOptions<unknown>;

  constructor(options: FallbackOptions<unknown>) {
    super();
    this.#options = options;
  }

  override fail(call: CallScope, error: unknown): void {
    const { when = isUnserved } = this.#options;
    let applies = false;
    try {
      applies = !call.isCanceled && when(error);
    } catch {
      // The caller must see its own error, not that of whoever was to judge it.
    }
    if (applies) void this.#answer(call, error);
    else this.outer.fail(call, error);
  }

  async #answer(call: CallScope, error: unknown): Promise<void> {
    const { name, answer, onEvent } = this.#options;
    let value: unknown;
    try {
      value = await answer(error, call);
    } catch {
      tell(onEvent, { policy: 'fallback', name, event: 'failed', facts: {} });
      this.outer.fail(call, error);
      return;
    }
    tell(onEvent, { policy: 'fallback', name, event: 'answered', facts: {} });
    tellDegraded(call, { policy: 'fallback', name });
    this.outer.succeed(call, value);
  }
}
