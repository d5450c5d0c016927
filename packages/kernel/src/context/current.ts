import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import { optionError } from '../errors/platform-error.ts';
import { anonymousIdentity, type CallContext } from './call-context.ts';
import { deriveContext } from './derive-context.ts';
import { newTrace } from './trace.ts';

const storage = new AsyncLocalStorage<CallContext | undefined>();

// Without hooks that nobody needs here, a scope is one small object.
const scopeOptions = { requireManualDestroy: true };
/** Where no call runs and no storage of anybody holds anything: made as the process begins. */
const outermost = new AsyncResource('mainstay.process', scopeOptions);

/** The context of the call being served, or undefined outside of any. */
export function currentContext(): CallContext | undefined {
  return storage.getStore();
}

/** Runs a function, and everything it awaits, inside a context. */
export function runInContext<T>(context: CallContext, run: () => T): T {
  return within(context, run);
}

/**
 * Runs a function, and everything it awaits, inside a context and nothing else: whatever other storages hold for the
 * code that calls this is not seen, as if the function ran in another process.
 *
 * Cost: a third of {@link runInContext}, because nothing is copied.
 */
export function runInContextAlone<T>(context: CallContext, run: () => T): T {
  return outermost.runInAsyncScope<undefined, T>(enterAndRun, undefined, context, run);
}

/** Makes what {@link runInContext} does for many steps in one context, at a tenth of its cost for each. */
export function runnerIn(context: CallContext): <T>(step: () => T) => T {
  const scope = within(context, () => new AsyncResource('mainstay.call', scopeOptions));
  return (step) => scope.runInAsyncScope(step);
}

/**
 * What `storage.run` does at half its cost: that one goes back by making another copy of all that storages hold, a
 * scope by remembering it.
 */
function within<T>(context: CallContext | undefined, run: () => T): T {
  if (storage.getStore() === context) return run();
  const here = new AsyncResource('mainstay.call', scopeOptions);
  return here.runInAsyncScope<undefined, T>(enterAndRun, undefined, context, run);
}

/** To be called inside a scope, which ends the change with itself. */
function enterAndRun<T>(context: CallContext | undefined, run: () => T): T {
  storage.enterWith(context);
  return run();
}

/**
 * Runs a function in the current context with some fields replaced, or in a fresh one outside of any call.
 *
 * @example
 * await withContext({ idempotencyKey: 'saga:42:reserve' }, () => products.reserveStock(request));
 */
export function withContext<T>(changes: Partial<CallContext>, run: () => T): T {
  const base = currentContext() ?? { trace: newTrace(), identity: anonymousIdentity };
  return within(deriveContext(base, changes), run);
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
  return within(undefined, run);
}
