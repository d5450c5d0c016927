import type { Clock } from '@mainstay/kernel';

interface Aside {
  failures: number;
  untilMs: number;
}

/** First time an endpoint is put aside: long enough to miss a burst of calls, short enough to notice a restart. */
const firstAsideMs = 2_000;
/** Longest time aside; by then the registry has noticed a dead instance. */
const longestAsideMs = 30_000;

/** Endpoints that failed a moment ago, per service and endpoint id. */
export interface PutAside {
  /** Puts an endpoint aside: 2 s, doubling with each failure after the time is up, at most 30 s. */
  add(service: string, endpointId: string): void;
  has(service: string, endpointId: string): boolean;
  /** When the next endpoint of a service is let back in; `Infinity` when none is aside. */
  nextReturnMs(service: string): number;
  /** Forgets what is no longer known, and failures that are long past. */
  sweep(service: string, knownIds: ReadonlySet<string>): void;
}

/** Remembers failing endpoints; failures while one is aside already (calls in flight) do not count twice. */
export function createPutAside(clock: Clock): PutAside {
  const byService = new Map<string, Map<string, Aside>>();

  return {
    add(service, endpointId) {
      const nowMs = clock.monotonicMs();
      const entries = byService.get(service) ?? new Map<string, Aside>();
      byService.set(service, entries);
      const entry = entries.get(endpointId);
      if (entry !== undefined && nowMs < entry.untilMs) return;
      const isRecent = entry !== undefined && nowMs < entry.untilMs + longestAsideMs;
      const failures = isRecent ? entry.failures + 1 : 1;
      const asideMs = Math.min(longestAsideMs, firstAsideMs * 2 ** Math.min(failures - 1, 10));
      entries.set(endpointId, { failures, untilMs: nowMs + asideMs });
    },
    has(service, endpointId) {
      const entry = byService.get(service)?.get(endpointId);
      return entry !== undefined && clock.monotonicMs() < entry.untilMs;
    },
    nextReturnMs(service) {
      const nowMs = clock.monotonicMs();
      let nextMs = Number.POSITIVE_INFINITY;
      for (const { untilMs } of byService.get(service)?.values() ?? [])
        if (untilMs > nowMs && untilMs < nextMs) nextMs = untilMs;
      return nextMs;
    },
    sweep(service, knownIds) {
      const entries = byService.get(service);
      if (entries === undefined) return;
      for (const id of entries.keys()) if (!knownIds.has(id)) entries.delete(id);
      if (entries.size === 0) byService.delete(service);
    },
  };
}
