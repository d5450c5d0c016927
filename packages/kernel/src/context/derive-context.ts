import type { CallContext } from './call-context.ts';

/**
 * Makes a context with some fields replaced.
 *
 * To be used instead of a spread, because fields of a context may be getters of its class, which a spread leaves out. A
 * `signal` among the changes takes the place of the cancellation, too.
 */
export function deriveContext(base: CallContext, changes: Partial<CallContext>): CallContext {
  const { deadline, tenant, idempotencyKey, effect, preferWaitSeconds, transaction, written, baggage, owner } = base;
  const { cancellation, signal } = 'signal' in changes ? changes : base;
  return {
    trace: base.trace,
    identity: base.identity,
    ...(deadline !== undefined && { deadline }),
    ...(signal !== undefined && { signal }),
    ...(cancellation !== undefined && { cancellation }),
    ...(tenant !== undefined && { tenant }),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
    ...(effect !== undefined && { effect }),
    ...(preferWaitSeconds !== undefined && { preferWaitSeconds }),
    ...(transaction !== undefined && { transaction }),
    ...(written !== undefined && { written }),
    ...(baggage !== undefined && { baggage }),
    ...(owner !== undefined && { owner }),
    ...changes,
  };
}
