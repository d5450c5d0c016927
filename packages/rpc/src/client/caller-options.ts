import type { Clock, Logger, Meter } from '@mainstay/kernel';
import type { RetryBudget } from '@mainstay/resilience';
import type { IdentitySigner } from '../identity/identity.ts';
import type { CallTarget } from './call-target.ts';

/** What a caller is made of. */
export interface CallerOptions {
  readonly target: CallTarget;
  readonly identity: IdentitySigner;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
  readonly maxAttempts: number;
  /** Bounds the repeats of all calls of this client together. */
  readonly budget: RetryBudget;
  /** Source of randomness in [0, 1). */
  readonly random: () => number;
}
