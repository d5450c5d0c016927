import { performance } from 'node:perf_hooks';
import { Counter, Gauge, type Registry } from 'prom-client';

/**
 * Adds the figures of this process under the names that Prometheus dashboards know; read only when exposed.
 */
export function registerProcessMetrics(registry: Registry): void {
  const registers = [registry];
  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'Processor time of user and system in seconds',
    registers,
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / 1e6);
    },
  });
  const gauge = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  };
  gauge('process_start_time_seconds', 'Start of the process in seconds since 1970', () => performance.timeOrigin / 1e3);
  gauge('process_resident_memory_bytes', 'Resident memory in bytes', () => process.memoryUsage.rss());
  gauge('nodejs_heap_used_bytes', 'JavaScript heap in use in bytes', () => process.memoryUsage().heapUsed);
  let before = performance.eventLoopUtilization();
  gauge('nodejs_eventloop_utilization_ratio', 'Share of time the event loop was busy since the last reading', () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    return utilization;
  });
}
