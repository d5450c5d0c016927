import type { Meter } from '@mainstay/kernel';

/** Something a policy did that a metric or a log line may want to tell. */
export interface PolicyEvent {
  readonly policy: 'retry' | 'hedge' | 'timeout' | 'fallback' | 'stale_cache' | 'concurrency_limiter' | 'load_shedder';
  /** Name of the policy as it was given. */
  readonly name: string;
  /** What happened, in the past tense, one of a few words of the policy. */
  readonly event: string;
  /** Numbers and reasons of this event. */
  readonly facts: Readonly<Record<string, string | number>>;
}

/** Gets events of policies, in the async context of the call; what it throws is dropped. */
export type PolicyListener = (event: PolicyEvent) => void;

/** Tells a listener, if there is one. */
export function tell(listener: PolicyListener | undefined, event: PolicyEvent): void {
  if (listener === undefined) return;
  try {
    listener(event);
  } catch {
    // A listener that throws must not turn a good call into a failed one.
  }
}

/**
 * Makes a listener that counts events as `mainstay.policy.events`, by policy, name and event.
 *
 * @example
 * const retries = createRetry({ name: 'payments', idempotency: 'keyed', onEvent: countPolicyEvents(meter) });
 */
export function countPolicyEvents(meter: Meter): PolicyListener {
  const events = meter.counter({
    name: 'mainstay.policy.events',
    description: 'What resilience policies did: repeats, hedges, time-outs, fall-backs, refusals',
    unit: '{event}',
    labelNames: ['policy', 'name', 'event'],
  });
  return ({ policy, name, event }) => events.add(1, { policy, name, event });
}
