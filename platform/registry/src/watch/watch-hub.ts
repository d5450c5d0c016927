import { type Clock, PlatformError } from '@mainstay/kernel';
import type { Entry } from '../domain/entry.ts';
import type { InstanceTable } from '../domain/instance-table.ts';
import { registryReasons } from '../errors.ts';
import { ChangedServices } from './changed-services.ts';

/** The routable instances of one service, complete. */
export interface WatchUpdate {
  readonly service: string;
  readonly instances: readonly Entry[];
  /** True on the last update of the first picture. */
  readonly synced: boolean;
}

/** How a {@link WatchHub} is made. */
export interface WatchHubOptions {
  readonly table: Pick<InstanceTable, 'lookup' | 'services'>;
  readonly clock: Clock;
  /** After this long without a change the full picture is sent again as a sign of life, in milliseconds. */
  readonly repeatMs: number;
  /**
   * For this long after its making the hub calls no picture complete, in milliseconds, 0 for never: a registry that
   * starts with an empty memory would else tell its callers to forget instances that have yet to register again.
   */
  readonly settleMs: number;
  readonly maxWatcherCount: number;
}

/**
 * Tells watchers which services changed.
 *
 * A watcher holds only the names of the services that changed since it last took an update, never the updates: one
 * that reads slowly skips what was overtaken and costs no more than one that reads fast.
 */
export class WatchHub {
  readonly #options: WatchHubOptions;
  readonly #watchers = new Set<ChangedServices>();
  readonly #settledAtMs: number;

  constructor(options: WatchHubOptions) {
    this.#options = options;
    this.#settledAtMs = options.clock.monotonicMs() + options.settleMs;
  }

  /** Watchers now connected. */
  get watcherCount(): number {
    return this.#watchers.size;
  }

  /** Marks a service as changed for everyone who watches it. */
  changed(service: string): void {
    for (const watcher of this.#watchers) watcher.add(service);
  }

  /**
   * The full picture, then each service that changes, until the signal aborts.
   *
   * @param services - names to watch, each told even when it has no instance; empty means all that there are.
   * @throws {@link PlatformError} `resource_exhausted` / `REGISTRY_FULL` when too many watch already.
   */
  async *watch(services: readonly string[], signal: AbortSignal): AsyncGenerator<WatchUpdate, void, undefined> {
    const { clock, maxWatcherCount, repeatMs } = this.#options;
    if (this.#watchers.size >= maxWatcherCount) {
      const message = `${this.#watchers.size} watchers are connected, the limit max_watchers`;
      throw new PlatformError(registryReasons.REGISTRY_FULL, message);
    }
    const changed = new ChangedServices(services);
    this.#watchers.add(changed);
    try {
      let wasComplete = yield* this.#picture(services);
      while (!signal.aborted) {
        const limitMs = wasComplete ? repeatMs : this.#unsettledMs();
        const names = await changed.take({ clock, limitMs, signal });
        if (signal.aborted) return;
        const isPictureDue = names.length === 0 || (!wasComplete && this.#unsettledMs() === 0);
        if (isPictureDue) wasComplete = yield* this.#picture(services);
        else for (const service of names) yield this.#update(service, false);
      }
    } finally {
      this.#watchers.delete(changed);
    }
  }

  /** @returns whether the picture was called complete. */
  *#picture(services: readonly string[]): Generator<WatchUpdate, boolean, undefined> {
    const { table } = this.#options;
    const isSettled = this.#unsettledMs() === 0;
    const names = (services.length === 0 ? table.services() : [...new Set(services)]).filter(
      (service) => isSettled || table.lookup(service).length > 0,
    );
    if (names.length === 0 && isSettled) yield { service: '', instances: [], synced: true };
    for (const [index, service] of names.entries())
      yield this.#update(service, isSettled && index === names.length - 1);
    return isSettled;
  }

  #unsettledMs(): number {
    return Math.max(0, this.#settledAtMs - this.#options.clock.monotonicMs());
  }

  #update(service: string, synced: boolean): WatchUpdate {
    return { service, instances: this.#options.table.lookup(service), synced };
  }
}
