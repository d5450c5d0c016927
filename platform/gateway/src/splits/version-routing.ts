import type { Logger, Meter } from '@mainstay/kernel';
import type { CallOutcome } from '@mainstay/resilience';
import { durationBuckets } from '@mainstay/telemetry';
import type { Assignment } from '../exchange/assignment.ts';
import type { Mirror } from './mirror/mirror.ts';

/** What calls of services with a split are told to. */
export interface VersionRouting {
  readonly mirror: Mirror;
  /** A call took place at this version, or at `any`. */
  served(assignment: Assignment, call: { readonly outcome: CallOutcome; readonly durationMs: number }): void;
  /** Another version stands in for the one of the caller. */
  stoodIn(assignment: Assignment, why: FallbackReason): void;
  /** The version of a caller takes calls itself. */
  stands(assignment: Assignment): void;
}

/** Why a version does not take a call: it has no instance, or refused before the call ran. */
export type FallbackReason = 'no_instance' | 'refused';

/** Declares the metrics; a version that is away is logged once, and again when it is back. */
export function createVersionRouting(tools: {
  readonly mirror: Mirror;
  readonly logger: Logger;
  readonly meter: Meter;
}): VersionRouting {
  const { mirror, logger, meter } = tools;
  const durations = meter.histogram({
    name: 'mainstay.gateway.version.duration',
    description: 'Time of calls to services whose traffic is split, by version',
    unit: 's',
    labelNames: ['service', 'version', 'outcome'],
    buckets: durationBuckets,
  });
  const fallbacks = meter.counter({
    name: 'mainstay.gateway.split.fallbacks',
    description: 'Calls that went to another version than that of the caller',
    unit: '{call}',
    labelNames: ['service', 'version', 'reason'],
  });
  const away = new Set<string>();
  return {
    mirror,
    served({ service, servedBy = 'none' }, { outcome, durationMs }) {
      durations.record(durationMs / 1_000, { service, version: servedBy, outcome });
    },
    stoodIn({ service, versions: [version = ''] }, reason) {
      fallbacks.add(1, { service, version, reason });
      const place = placeOf(service, version);
      if (away.has(place)) return;
      away.add(place);
      logger.warn('another version stands in', { target: service, version, reason });
    },
    stands({ service, versions: [version = ''] }) {
      if (away.size === 0 || !away.delete(placeOf(service, version))) return;
      logger.info('a version takes its calls again', { target: service, version });
    },
  };
}

/** Names the circuit and the bulkhead of a version; what is configured for the service holds for it, too. */
export function placeOf(service: string, version: string): string {
  return `${service}@${version}`;
}
