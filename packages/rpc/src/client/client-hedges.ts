import type { DescMethod } from '@bufbuild/protobuf';
import { alarmsOf } from '@mainstay/kernel';
import { countPolicyEvents, createHedgePace, createRetryBudget } from '@mainstay/resilience';
import { methodName } from '../contract/method-name.ts';
import { methodPolicy } from '../contract/method-policy.ts';
import type { CallerOptions } from './caller-options.ts';
import type { HedgedTiming } from './hedged-try.ts';

/** Pause before a second try while nobody knows how long a method takes, in milliseconds. */
const firstDelayMs = 50;
/** A method that answers faster than this is left alone: a second try would cost more than it saves. */
const leastDelayMs = 5;

/** Gives the pace at which late calls of a method are made once more, where its contract allows that; durations are its own, the budget is the client's. */
export function createClientHedges({ clock, meter }: CallerOptions): (method: DescMethod) => HedgedTiming | undefined {
  const budget = createRetryBudget({ ratio: 0.1, startsInDebt: true });
  const onEvent = countPolicyEvents(meter);
  const alarms = alarmsOf(clock);
  return (method) => {
    if (!methodPolicy(method).isHedged) return undefined;
    const name = methodName(method);
    const pace = createHedgePace({ name, delayMs: firstDelayMs, minDelayMs: leastDelayMs, budget, onEvent });
    return { pace, clock, alarms };
  };
}
