import type { Clock, Logger } from '@mainstay/kernel';
import type { Entry } from './domain/entry.ts';
import type { InstanceTable } from './domain/instance-table.ts';

/** How the sweeper works. */
export interface SweeperOptions {
  readonly table: Pick<InstanceTable, 'sweep' | 'probed' | 'forgive'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Pause between two sweeps, in milliseconds; the most by which a consequence of silence is late. */
  readonly intervalMs: number;
  /** Asks an instance whether it lives; must not throw. */
  readonly probe: (entry: Entry, signal: AbortSignal) => Promise<boolean>;
}

/**
 * Sweeps the table until disposed.
 *
 * Probes run beside the sweeping and beside each other, so an instance that never answers delays nobody. When the
 * registry itself stood still (a stopped process, a starved machine), the lost time is not held against instances.
 */
export function startSweeper(options: SweeperOptions): AsyncDisposable {
  const { table, clock, intervalMs } = options;
  const stopping = new AbortController();
  const probes = new Set<Promise<void>>();
  let lastMs = clock.monotonicMs();
  let cancel = clock.after(intervalMs, tick);

  function tick(): void {
    const nowMs = clock.monotonicMs();
    const stoodStillMs = nowMs - lastMs - intervalMs;
    lastMs = nowMs;
    if (stoodStillMs > 4 * intervalMs) {
      options.logger.warn('the registry stood still, all instances get that time again', {
        stood_still_ms: stoodStillMs,
      });
      table.forgive(stoodStillMs);
    }
    for (const entry of table.sweep()) {
      const probe = options.probe(entry, stopping.signal).then((alive) => {
        if (!stopping.signal.aborted) table.probed(entry, alive);
        probes.delete(probe);
      });
      probes.add(probe);
    }
    if (!stopping.signal.aborted) cancel = clock.after(intervalMs, tick);
  }

  return {
    async [Symbol.asyncDispose]() {
      stopping.abort();
      cancel();
      await Promise.all(probes);
    },
  };
}
