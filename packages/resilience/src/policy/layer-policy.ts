import { CompiledPolicy } from './execution.ts';
import { type Layer, layersOf, type Stage } from './layer.ts';
import type { CallFacts, Policy, PolicyCall } from './policy-types.ts';

/** A policy of one layer, usable alone and inside a composition. */
export abstract class LayerPolicy<R = never> implements Policy<R>, Layer {
  #compiled: CompiledPolicy | undefined;

  get [layersOf](): readonly Layer[] {
    return [this];
  }

  execute<T>(run: (call: PolicyCall) => T | PromiseLike<T>, about?: AbortSignal | CallFacts): Promise<T | R> {
    this.#compiled ??= new CompiledPolicy([this]);
    return this.#compiled.execute<T | R>(run, about);
  }

  abstract stages(outside: readonly Stage[]): readonly Stage[];
}
