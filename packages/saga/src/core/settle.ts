import { apply } from './apply.ts';
import { type Decision, decideNext } from './decide.ts';
import type { SagaPlan } from './plan.ts';
import type { SagaRecord } from './record.ts';
import type { Transition } from './transition.ts';

/** A record after some transitions and all that follows from them without a call. */
export interface Settled {
  readonly record: SagaRecord;
  readonly transitions: readonly Transition[];
  /** What to do next; never `record`. */
  readonly next: Exclude<Decision, { readonly act: 'record' }>;
}

/**
 * Applies transitions, and then whatever follows from them (turning round, ending), until something has to be called or
 * waited for. So everything that becomes true at one moment stands in one entry of the journal.
 */
export function settle(
  record: SagaRecord,
  plan: SagaPlan,
  options: {
    readonly facts: readonly Transition[];
    readonly nowMs: number;
    readonly busy?: ReadonlySet<number>;
  },
): Settled {
  const transitions = [...options.facts];
  let current = record;
  for (const fact of options.facts) current = apply(current, fact, options.nowMs);
  for (;;) {
    const next = decideNext(current, plan, options);
    if (next.act !== 'record') return { record: current, transitions, next };
    transitions.push(next.transition);
    current = apply(current, next.transition, options.nowMs);
  }
}
