import type { DescMethod } from '@bufbuild/protobuf';
import type { Clock, Logger, Meter } from '@mainstay/kernel';
import type { CallFacts } from '@mainstay/resilience';
import type { ProtectionPolicy } from './protection-policy.ts';

/** A call about to be made. */
export interface ProtectedCall extends CallFacts {
  readonly method: DescMethod;
  /** Whose circuits it goes by, where tenants have their own. */
  readonly tenant?: string | undefined;
}

/** How a protection is set up. */
export interface TargetProtectionOptions {
  /** The called service. */
  readonly target: string;
  readonly policy: ProtectionPolicy;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
}

/**
 * Makes a call.
 *
 * @param timeoutMs - what an adaptive time-out leaves it; undefined for what its contract says.
 */
export type ProtectedRun<T> = (timeoutMs: number | undefined) => Promise<T>;
