import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import { optionError } from '../errors/platform-error.ts';
import { anonymousIdentity, type CallContext } from './call-context.ts';
import { deriveContext } from './derive-context.ts';
import { newTrace } from './trace.ts';

const storage = new AsyncLocalStorage<CallContext | undefined>();

/** The context of the call being served, or undefined outside of any. */
export function currentContext(): CallContext | undefined {
  return storage.getStore();
}

/** Runs a function, and everything it awaits, inside a context. */
export function runInContext<T>(context: CallContext, run: () => T): T {
  return storage.run(context, run);
}

/** Makes what {@link runInContext} does for many steps in one context, at a twentieth of its cost for each. */
export function runnerIn(context: CallContext): <T>(step: () => T) => T {
  const scope = storage.run(context, () => new AsyncResource('mainstay.call'));
  return (step) => scope.runInAsyncScope(step);
}

/**
 * Runs a function in the current context with some fields replaced, or in a fresh one outside of any call.
 *
 * @example
 * await withContext({ idempotencyKey: 'saga:42:reserve' }, () => products.reserveStock(request));
 */
export function withContext<T>(changes: Partial<CallContext>, run: () => T): T {
  const base = currentContext() ?? { trace: newTrace(), identity: anonymousIdentity };
  return storage.run(deriveContext(base, changes), run);
}

/**
 * The name of the one effect that the keyed call being served has: the same in every run for its key.
 *
 * For the id of what the call creates, so that a run that takes over a dead one finds it.
 *
 * @throws {@link PlatformError} `OPTION_INVALID` outside of a keyed call.
 */
export function currentEffectId(): string {
  const effect = storage.getStore()?.effect;
  if (effect !== undefined) return effect.id;
  throw optionError('currentEffectId', 'called inside a keyed call', 'a call without an effect');
}

/** Runs a function outside of any call: for work that goes on by itself and must not be taken for a part of who began it. */
export function runOutsideOfCalls<T>(run: () => T): T {
  return storage.run(undefined, run);
}
