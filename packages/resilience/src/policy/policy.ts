import { optionError } from '@mainstay/kernel';
import { CompiledPolicy } from './execution.ts';
import { foreignLayer } from './foreign-layer.ts';
import { type Layer, layersOf } from './layer.ts';
import type { AnswerOf, CallFacts, Policy, PolicyCall } from './policy-types.ts';

class ComposedPolicy<R> implements Policy<R> {
  readonly [layersOf]: readonly Layer[];
  readonly #compiled: CompiledPolicy;

  constructor(layers: readonly Layer[]) {
    this[layersOf] = layers;
    this.#compiled = new CompiledPolicy(layers);
  }

  execute<T>(run: (call: PolicyCall) => T | PromiseLike<T>, about?: AbortSignal | CallFacts): Promise<T | R> {
    return this.#compiled.execute<T | R>(run, about);
  }
}

/**
 * Puts policies around each other, outermost first.
 *
 * Each keeps its own state, so one circuit or bulkhead may stand in several compositions. Anything with an `execute`
 * of this shape may take part. The usual order is fall-back, retry, hedge, circuit breaker, time-out, bulkhead.
 *
 * Cost: one promise and one object a call, and one more behind a time-out, hedge or limiter; see the README for what was measured.
 *
 * @throws {@link PlatformError} `invalid_argument` / `OPTION_INVALID` without any policy, or with the same one twice.
 * @example
 * const payments = policy(
 *   createRetry({ name: 'payments', idempotency: 'keyed' }),
 *   createCircuitBreaker({ name: 'payments' }),
 *   createTimeout({ name: 'payments', limitMs: 2_000 }),
 *   createBulkhead({ name: 'payments', maxConcurrent: 10 }),
 * );
 * const response = await payments.execute(({ signal }) => fetch('http://localhost/', { signal }));
 */
export function policy<const L extends readonly Policy<unknown>[]>(...policies: L): Policy<AnswerOf<L[number]>> {
  const layers = policies.flatMap((one) => layersIn(one));
  if (layers.length === 0) throw optionError('policy', 'made of at least one policy', policies.length);
  if (new Set(layers).size < layers.length) throw optionError('policy', 'made of different policies', 'one twice');
  return new ComposedPolicy<AnswerOf<L[number]>>(layers);
}

function layersIn(one: Policy<unknown>): readonly Layer[] {
  return (one as { readonly [layersOf]?: readonly Layer[] })[layersOf] ?? [foreignLayer(one)];
}
