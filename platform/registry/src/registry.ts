import { type Clock, type Logger, type Meter, uuidv7 } from '@mainstay/kernel';
import { AuditLog, type AuditRecord } from './domain/audit-log.ts';
import type { Change } from './domain/change.ts';
import type { Entry, Registration } from './domain/entry.ts';
import { InstanceTable } from './domain/instance-table.ts';
import type { Timings } from './domain/timings.ts';
import { createRegistryMetrics } from './registry-metrics.ts';
import { type RegistryStore, toStored } from './store/registry-store.ts';
import { SnapshotWriter } from './store/snapshot-writer.ts';
import { startSweeper } from './sweeper.ts';
import { WatchHub, type WatchUpdate } from './watch/watch-hub.ts';

/** What a registry is built from. */
export interface RegistryOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
  readonly store: RegistryStore;
  readonly timings: Timings;
  readonly maxInstanceCount: number;
  readonly maxWatcherCount: number;
  readonly auditCount: number;
  readonly watchRepeatMs: number;
  readonly sweepIntervalMs: number;
  readonly saveDebounceMs: number;
  /** Asks an instance whether it lives, before it is removed for its silence; must not throw. */
  readonly probe: (entry: Entry, signal: AbortSignal) => Promise<boolean>;
}

/** Time beside one heartbeat that instances need to notice an emptied registry and to come back. */
const settleMarginMs = 1_000;

/**
 * The registry without its doors: table, audit log, watchers, state file and the sweep, wired together.
 *
 * The gRPC and the HTTP face only translate to it.
 */
export class Registry implements AsyncDisposable {
  readonly table: InstanceTable;
  readonly timings: Timings;
  readonly #options: RegistryOptions;
  readonly #audit: AuditLog;
  readonly #writer: SnapshotWriter;
  readonly #metrics: ReturnType<typeof createRegistryMetrics>;
  readonly #closing = new AbortController();
  #hub: WatchHub | undefined;
  #sweeper: AsyncDisposable | undefined;

  /** Takes back what the store kept and starts to sweep. @throws what the store's `load` throws. */
  static async open(options: RegistryOptions): Promise<Registry> {
    const registry = new Registry(options);
    const stored = await options.store.load();
    for (const instance of stored) registry.table.restore(instance);
    if (stored.length > 0) options.logger.info('instances restored', { count: registry.table.size });
    registry.#begin(stored.length > 0);
    return registry;
  }

  private constructor(options: RegistryOptions) {
    const { clock, logger, store, timings } = options;
    this.#options = options;
    this.timings = timings;
    this.#audit = new AuditLog(options.auditCount);
    this.table = new InstanceTable({
      clock,
      timings,
      maxInstanceCount: options.maxInstanceCount,
      onChange: (change) => this.#onChange(change),
    });
    this.#writer = new SnapshotWriter({
      store,
      clock,
      logger,
      debounceMs: options.saveDebounceMs,
      snapshot: () => this.table.list().map(toStored),
    });
    this.#metrics = createRegistryMetrics(options.meter);
  }

  #begin(isRestored: boolean): void {
    const { clock, logger, probe, sweepIntervalMs, maxWatcherCount, watchRepeatMs } = this.#options;
    const settleMs = isRestored ? 0 : this.timings.heartbeatIntervalMs + settleMarginMs;
    this.#hub = new WatchHub({ table: this.table, clock, settleMs, maxWatcherCount, repeatMs: watchRepeatMs });
    this.#sweeper = startSweeper({ table: this.table, clock, logger, intervalMs: sweepIntervalMs, probe });
  }

  /** Registers or renews; an empty id is replaced by a new one. */
  register(registration: Registration): { readonly entry: Entry; readonly created: boolean } {
    const id = registration.id === '' ? uuidv7(this.#options.clock) : registration.id;
    return this.table.register({ ...registration, id });
  }

  /** Newest first; of one service when a name is given. */
  audit(limit: number, service: string): readonly AuditRecord[] {
    return this.#audit.newest(limit, service);
  }

  /** Updates until the signal aborts or the registry closes its watchers. */
  async *watch(services: readonly string[], signal: AbortSignal): AsyncGenerator<WatchUpdate, void, undefined> {
    if (this.#hub !== undefined) yield* this.#hub.watch(services, AbortSignal.any([signal, this.#closing.signal]));
  }

  /** Ends all watch streams, because the process is about to stop; watchers go to another registry or try again. */
  closeWatchers(): void {
    this.#closing.abort();
  }

  /** Figures for the health pages. */
  status(): Readonly<Record<string, unknown>> {
    return {
      instances: this.table.size,
      services: this.table.services().length,
      watchers: this.#hub?.watcherCount ?? 0,
      state_file_error: this.#writer.lastError ?? null,
    };
  }

  /** Ends the sweep and saves what is not saved yet. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.closeWatchers();
    await this.#sweeper?.[Symbol.asyncDispose]();
    await this.#writer[Symbol.asyncDispose]();
  }

  #onChange(change: Change): void {
    this.#audit.add({ ...change, atMs: this.#options.clock.nowMs() });
    const { service, id: instanceId, event, reason } = change;
    this.#options.logger.info(`instance ${event}`, { target: service, instance_id: instanceId, reason });
    this.#metrics.changed(change, this.table);
    this.#hub?.changed(service);
    if (event !== 'restored') this.#writer.changed();
  }
}
