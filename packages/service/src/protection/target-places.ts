import type { DescMethod } from '@bufbuild/protobuf';
import {
  type Bulkhead,
  type BulkheadSnapshot,
  type ConcurrencyLimiter,
  type ConcurrencySnapshot,
  countPolicyEvents,
  createBulkhead,
  createConcurrencyLimiter,
} from '@mainstay/resilience';
import { kindOf } from './called-operation.ts';
import type { TargetProtectionOptions } from './protected-call.ts';

/** What limits how many calls of one kind there may be at a time; what is undefined is off. */
export interface PlaceLimits {
  readonly bulkhead: Bulkhead | undefined;
  readonly limiter: ConcurrencyLimiter | undefined;
}

/**
 * How many calls to one service there may be at a time: its reads and its writes apart, unless the bulkhead is of the
 * whole service.
 *
 * The concurrency limit is as divided as the bulkhead: calls that wait for a place count in it, so reads that hang would
 * take the places of writes there.
 */
export class TargetPlaces {
  readonly #byKind: Readonly<Record<'read' | 'write', PlaceLimits>>;

  constructor(options: TargetProtectionOptions) {
    const { target } = options;
    if (options.policy.bulkhead?.scope === 'service') {
      const all = openLimits(target, options);
      this.#byKind = { read: all, write: all };
    } else {
      this.#byKind = { read: openLimits(`${target}/read`, options), write: openLimits(`${target}/write`, options) };
    }
  }

  of(method: DescMethod): PlaceLimits {
    return this.#byKind[kindOf(method)];
  }

  /** Figures of each that there is. */
  snapshot(): {
    readonly bulkheads: readonly BulkheadSnapshot[];
    readonly concurrency: readonly ConcurrencySnapshot[];
  } {
    const all = [...new Set(Object.values(this.#byKind))];
    return {
      bulkheads: all.flatMap(({ bulkhead }) => bulkhead?.snapshot() ?? []),
      concurrency: all.flatMap(({ limiter }) => limiter?.snapshot() ?? []),
    };
  }
}

function openLimits(name: string, { policy, clock, meter }: TargetProtectionOptions): PlaceLimits {
  const { bulkhead, concurrency } = policy;
  const onEvent = countPolicyEvents(meter);
  return {
    bulkhead: bulkhead && createBulkhead({ name, ...bulkhead, clock }),
    limiter: concurrency && createConcurrencyLimiter({ name, ...concurrency, onEvent, clock }),
  };
}
