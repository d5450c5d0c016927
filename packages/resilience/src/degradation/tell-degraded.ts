import type { CallScope } from '../policy/call-scope.ts';
import type { Degradation } from '../policy/policy-types.ts';

/** Tells the caller that its answer is another one; a caller that throws there gets the answer all the same. */
export function tellDegraded(call: CallScope, degradation: Degradation): void {
  try {
    call.root.facts.onDegraded?.(degradation);
  } catch {
    // The answer is good enough to be given; that nobody could be told of it must not take it away.
  }
}
