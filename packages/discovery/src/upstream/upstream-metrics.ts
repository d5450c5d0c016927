import type { Clock, Meter } from '@mainstay/kernel';
import type { UpstreamTotals } from './upstream-stats.ts';

/** Writes the counters of an upstream to a meter, in batches. */
export interface UpstreamMetrics {
  /** Says that something was counted; it is written within a second. */
  touch(totals: UpstreamTotals, ejected: number): void;
}

const pauseMs = 1_000;
const counted = ['picks', 'successes', 'errors', 'canceled', 'ejections', 'overflows'] as const;

/**
 * Makes the writer of `mainstay.upstream.events` (by event) and the gauges `.in_flight` and `.ejected`.
 *
 * Labels name the upstream only: ids of endpoints change with every restart, and belong to the statistics.
 */
export function createUpstreamMetrics({
  name,
  clock,
  meter,
}: {
  readonly name: string;
  readonly clock: Clock;
  readonly meter: Meter;
}): UpstreamMetrics {
  const events = meter.counter({
    name: 'mainstay.upstream.events',
    description: 'Picks, ends of calls by outcome, ejections and refusals of the balancer of a service',
    unit: '{event}',
    labelNames: ['upstream', 'event'],
  });
  const gauge = (thing: string, description: string) =>
    meter.gauge({ name: `mainstay.upstream.${thing}`, description, unit: '{item}', labelNames: ['upstream'] });
  const inFlight = gauge('in_flight', 'Calls under way to a service');
  const out = gauge('ejected', 'Endpoints of a service that are ejected');
  const written = { picks: 0, successes: 0, errors: 0, canceled: 0, ejections: 0, overflows: 0 };
  let isWaiting = false;
  let lastEjected = 0;

  const write = (totals: UpstreamTotals): void => {
    isWaiting = false;
    for (const event of counted) {
      const added = totals[event] - written[event];
      if (added > 0) events.add(added, { upstream: name, event });
      written[event] = totals[event];
    }
    inFlight.set(totals.inFlight, { upstream: name });
    out.set(lastEjected, { upstream: name });
  };

  return {
    touch(totals, ejected) {
      lastEjected = ejected;
      if (isWaiting) return;
      isWaiting = true;
      clock.after(pauseMs, () => write(totals));
    },
  };
}
