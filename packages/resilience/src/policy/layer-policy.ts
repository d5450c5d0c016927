import { execute } from './execution.ts';
import { compile, type Layer, layersOf, type Stage } from './layer.ts';
import type { CallFacts, Policy, PolicyCall } from './policy-types.ts';

/** A policy of one layer, usable alone and inside a composition. */
export abstract class LayerPolicy<R = never> implements Policy<R>, Layer {
  #stage: Stage | undefined;

  get [layersOf](): readonly Layer[] {
    return [this];
  }

  execute<T>(run: (call: PolicyCall) => T | PromiseLike<T>, about?: AbortSignal | CallFacts): Promise<T | R> {
    this.#stage ??= compile([this]);
    return execute<T | R>(this.#stage, run, about);
  }

  abstract around(inner: Stage): Stage;
}
