import { monitorEventLoopDelay } from 'node:perf_hooks';

/** How busy the process is. */
export interface Load {
  /** Mean delay of the event loop since the last question, in milliseconds above its resolution. */
  readonly lagMs: number;
  /** Processor time since the last question as a share of one core, at most 1. */
  readonly cpuRatio: number;
}

/** Where a load shedder learns how busy the process is. */
export interface LoadSource extends Disposable {
  /** What happened since the last question. */
  read(): Load;
}

/** How often the event loop is looked at, in milliseconds; its delay is known no finer. */
const resolutionMs = 10;

/**
 * Watches this process: the delay of its event loop, and its processor time.
 *
 * JavaScript runs on one thread, so one core fully used counts as all there is, however many cores the machine has.
 *
 * Cost: a timer inside Node every 10 ms, which does not keep the process alive.
 */
export function watchProcessLoad(): LoadSource {
  const delay = monitorEventLoopDelay({ resolution: resolutionMs });
  delay.enable();
  let cpu = process.cpuUsage();
  let atMs = performance.now();
  return {
    read() {
      const nowMs = performance.now();
      const used = process.cpuUsage(cpu);
      const cpuMs = (used.user + used.system) / 1_000;
      const cpuRatio = Math.min(1, cpuMs / Math.max(1, nowMs - atMs));
      const meanMs = delay.count === 0 ? resolutionMs : delay.mean / 1e6;
      cpu = process.cpuUsage();
      atMs = nowMs;
      delay.reset();
      return { lagMs: Math.max(0, meanMs - resolutionMs), cpuRatio };
    },
    [Symbol.dispose]: () => void delay.disable(),
  };
}
