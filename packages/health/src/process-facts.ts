import { monitorEventLoopDelay, performance } from 'node:perf_hooks';

/** Figures of the process for `/health`. */
export interface ProcessFacts {
  readonly pid: number;
  readonly uptime_seconds: number;
  readonly memory: { readonly rss_bytes: number; readonly heap_used_bytes: number; readonly heap_total_bytes: number };
  readonly event_loop: {
    /** Delays beyond the sampling period, in milliseconds, over the last minute or since the reading before it. */
    readonly lag_p99_ms: number;
    readonly lag_max_ms: number;
    /** Share of the time that the loop was busy since the process began. */
    readonly utilization_ratio: number;
  };
}

const resolutionMs = 20;
const windowMs = 60_000;

/**
 * Watches the event loop and reads memory and uptime when asked.
 *
 * Cost: one timer of 20 ms that does not keep the process alive.
 */
export function watchProcess(): () => ProcessFacts {
  const delay = monitorEventLoopDelay({ resolution: resolutionMs });
  delay.enable();
  let windowStartedMs = performance.now();
  return () => {
    const memory = process.memoryUsage();
    const facts: ProcessFacts = {
      pid: process.pid,
      uptime_seconds: Math.round(process.uptime() * 10) / 10,
      memory: { rss_bytes: memory.rss, heap_used_bytes: memory.heapUsed, heap_total_bytes: memory.heapTotal },
      event_loop: {
        lag_p99_ms: lagMs(delay.percentile(99)),
        lag_max_ms: lagMs(delay.max),
        utilization_ratio: Math.round(performance.eventLoopUtilization().utilization * 1_000) / 1_000,
      },
    };
    if (performance.now() - windowStartedMs > windowMs) {
      delay.reset();
      windowStartedMs = performance.now();
    }
    return facts;
  };
}

/** The histogram counts whole periods in nanoseconds, so an idle loop shows about the resolution. */
function lagMs(nanoseconds: number): number {
  return Math.max(0, Math.round((nanoseconds / 1e6 - resolutionMs) * 10) / 10);
}
