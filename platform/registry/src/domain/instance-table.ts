import { type Clock, PlatformError } from '@mainstay/kernel';
import { registryReasons } from '../errors.ts';
import { type Change, changeByBeat, changeBySilence } from './change.ts';
import {
  answeredProbe,
  beaten,
  type Entry,
  type Moment,
  type Registration,
  registered,
  restored,
  stateOf,
  worsened,
} from './entry.ts';
import { isRoutable, type ReportedState, rankOf } from './instance-state.ts';
import { checkTimings, type Timings } from './timings.ts';

/** How an {@link InstanceTable} is made. */
export interface InstanceTableOptions {
  readonly clock: Pick<Clock, 'nowMs' | 'monotonicMs'>;
  readonly timings: Timings;
  /** Most instances held at once, so that a loop of registrations cannot eat the memory. */
  readonly maxInstanceCount: number;
  /** Told of every change, after it is made and before the call returns; must not throw. */
  readonly onChange: (change: Change) => void;
}

/**
 * The instances that run, and how healthy each is. Pure: no I/O, no timers, all calls are synchronous.
 *
 * Silence is measured with the monotonic clock of the registry at arrival; what a client's clock says is never read.
 * The owner calls {@link InstanceTable.sweep} often and reports back how the probes it asks for ended.
 *
 * Shape: service → id → entry; the pair is unique; a service without instances is not kept.
 */
export class InstanceTable {
  readonly #options: InstanceTableOptions;
  readonly #services = new Map<string, Map<string, Entry>>();
  #count = 0;

  constructor(options: InstanceTableOptions) {
    checkTimings(options.timings);
    this.#options = options;
  }

  /** Instances in every state. */
  get size(): number {
    return this.#count;
  }

  /**
   * Adds an instance, or renews the one of this service and id.
   *
   * @throws {@link PlatformError} `resource_exhausted` / `REGISTRY_FULL` for a new one beyond the limit.
   */
  register(registration: Registration): { readonly entry: Entry; readonly created: boolean } {
    const previous = this.get(registration.service, registration.id);
    if (previous === undefined && this.#count >= this.#options.maxInstanceCount) {
      const message = `the registry holds ${this.#count} instances, its limit max_instances`;
      throw new PlatformError(registryReasons.REGISTRY_FULL, message);
    }
    const entry = registered(registration, previous, this.#now());
    this.#put(entry);
    const reason = previous === undefined ? `at ${entry.address}` : `registered again at ${entry.address}`;
    this.#tell(entry, previous === undefined ? 'registered' : 'renewed', reason);
    return { entry, created: previous === undefined };
  }

  /** Puts back what a store kept, as suspect until it beats; an instance that is known by now stays as it is. */
  restore(stored: Parameters<typeof restored>[0]): void {
    if (this.get(stored.service, stored.id) !== undefined || this.#count >= this.#options.maxInstanceCount) return;
    const entry = restored(stored, this.#now());
    this.#put(entry);
    this.#tell(entry, 'restored', 'read from the state file, suspect until it beats');
  }

  /**
   * Renews an instance and takes over what it says of itself; a report of undefined leaves the one before.
   *
   * @throws {@link PlatformError} `not_found` / `INSTANCE_UNKNOWN`: it must register again.
   */
  heartbeat(
    key: { readonly service: string; readonly id: string },
    report: { readonly reported: ReportedState | undefined; readonly load: number },
  ): Entry {
    const before = this.get(key.service, key.id);
    if (before === undefined) {
      const message = `the registry does not know instance ${key.id} of ${key.service}`;
      throw new PlatformError(registryReasons.INSTANCE_UNKNOWN, message);
    }
    const after = beaten(before, report, this.#now());
    this.#put(after);
    const change = changeByBeat(before, after);
    if (change !== undefined) this.#options.onChange(change);
    return after;
  }

  /** Takes an instance out at once; false when it was not known. */
  deregister(service: string, id: string, reason = 'the instance asked for it'): boolean {
    const entry = this.get(service, id);
    if (entry === undefined) return false;
    this.#delete(entry);
    this.#tell(entry, 'deregistered', reason);
    return true;
  }

  /** Worsens what is silent for too long; returns the entries to probe before they are removed. */
  sweep(): readonly Entry[] {
    const now = this.#now();
    const toProbe: Entry[] = [];
    for (const entries of this.#services.values()) {
      for (const entry of entries.values()) {
        for (let before = entry, after: Entry; ; before = after) {
          after = worsened(before, now.monotonicMs, this.#options.timings);
          if (after === before) break;
          this.#put(after);
          const change = changeBySilence(after, now.wallMs - after.lastSeenAtMs);
          if (change !== undefined) this.#options.onChange(change);
          if (after.silence === 'probing') toProbe.push(after);
        }
      }
    }
    return toProbe;
  }

  /** Applies the end of a probe; ignored when the instance beat, registered or left meanwhile. */
  probed(probed: Entry, alive: boolean): void {
    if (this.get(probed.service, probed.id) !== probed) return;
    if (alive) {
      const entry = answeredProbe(probed, this.#now().monotonicMs, this.#options.timings);
      this.#put(entry);
      this.#tell(entry, 'suspect', 'silent, but its health endpoint answers');
    } else {
      this.#delete(probed);
      const silentMs = this.#options.clock.nowMs() - probed.lastSeenAtMs;
      this.#tell(probed, 'removed', `no heartbeat for ${Math.round(silentMs / 1_000)} s and no answer to a probe`);
    }
  }

  /** Gives every instance `ms` more, because the registry itself stood still for that long. */
  forgive(ms: number): void {
    for (const entries of this.#services.values()) {
      for (const entry of entries.values()) this.#put({ ...entry, dueAtMs: entry.dueAtMs + ms });
    }
  }

  /** One entry. */
  get(service: string, id: string): Entry | undefined {
    return this.#services.get(service)?.get(id);
  }

  /** Entries of all services that have this id; one, unless a client reuses ids. */
  withId(id: string): readonly Entry[] {
    return this.list().filter((entry) => entry.id === id);
  }

  /** Instances of a service whose metadata holds all of the filter: healthy, degraded, suspect, then by id. */
  lookup(service: string, filter: Readonly<Record<string, string>> = {}, includeUnroutable = false): readonly Entry[] {
    const wanted = Object.entries(filter);
    return [...(this.#services.get(service)?.values() ?? [])]
      .filter((entry) => includeUnroutable || isRoutable(stateOf(entry)))
      .filter((entry) => wanted.every(([key, value]) => entry.metadata[key] === value))
      .sort((a, b) => rankOf(stateOf(a)) - rankOf(stateOf(b)) || compare(a.id, b.id));
  }

  /** Names of the services that have an instance, ascending. */
  services(): readonly string[] {
    return [...this.#services.keys()].sort(compare);
  }

  /** Every instance in every state, by service and id. */
  list(): readonly Entry[] {
    return [...this.#services.values()]
      .flatMap((entries) => [...entries.values()])
      .sort((a, b) => compare(a.service, b.service) || compare(a.id, b.id));
  }

  #now(): Moment & { readonly timings: Timings } {
    const { clock, timings } = this.#options;
    return { wallMs: clock.nowMs(), monotonicMs: clock.monotonicMs(), timings };
  }

  #put(entry: Entry): void {
    const entries = this.#services.get(entry.service) ?? new Map<string, Entry>();
    if (entries.size === 0) this.#services.set(entry.service, entries);
    if (!entries.has(entry.id)) this.#count++;
    entries.set(entry.id, entry);
  }

  #delete(entry: Entry): void {
    const entries = this.#services.get(entry.service);
    if (entries?.delete(entry.id) !== true) return;
    this.#count--;
    if (entries.size === 0) this.#services.delete(entry.service);
  }

  #tell({ service, id }: Entry, event: Change['event'], reason: string): void {
    this.#options.onChange({ service, id, event, reason });
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
