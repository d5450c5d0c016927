import type { DescMethod } from '@bufbuild/protobuf';
import { countPolicyEvents, createHedge, createRetryBudget, type Hedge } from '@mainstay/resilience';
import { methodName } from '../contract/method-name.ts';
import { methodPolicy } from '../contract/method-policy.ts';
import type { CallerOptions } from './caller-options.ts';

/** Pause before a second try while nobody knows how long a method takes, in milliseconds. */
const firstDelayMs = 50;
/** A method that answers faster than this is left alone: a second try would cost more than it saves. */
const leastDelayMs = 5;

/** Gives the hedge of a method whose contract asks for one; durations are its own, the budget is the client's. */
export function createClientHedges({ clock, meter }: CallerOptions): (method: DescMethod) => Hedge | undefined {
  const budget = createRetryBudget({ ratio: 0.1, startsInDebt: true });
  const onEvent = countPolicyEvents(meter);
  return (method) =>
    methodPolicy(method).isHedged
      ? createHedge({
          name: methodName(method),
          idempotency: 'safe',
          delayMs: firstDelayMs,
          minDelayMs: leastDelayMs,
          budget,
          onEvent,
          clock,
        })
      : undefined;
}
