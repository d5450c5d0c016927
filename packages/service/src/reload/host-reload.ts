import { statSync } from 'node:fs';
import { compareConfig } from '@mainstay/config';
import { type PlatformError, toPlatformError } from '@mainstay/kernel';
import type { HostCore } from '../core/host-core.ts';
import type { ServiceDefinition } from '../definition/definition.ts';
import type { RunningService } from '../definition/running-service.ts';
import type { HostConfig } from '../environment/host-config.ts';
import { readEnvironment } from '../environment/read-environment.ts';
import { startLoop } from '../loop/start-loop.ts';
import { admissionOf } from '../protection/host-admission.ts';

/** A service of the host and what reloading needs of it. */
export interface ReloadableService {
  readonly definition: ServiceDefinition;
  readonly running: RunningService;
}

/** What the management port shows at `/config`. */
export interface ConfigStatus {
  /** Path of the file; null when there is none. */
  readonly file: string | null;
  /** When what is in force was read. */
  readonly loaded_at: string;
  /** Keys that changed at the last reload that changed any, as `section.key`. */
  readonly changed: readonly string[];
  /** Keys of which the file has other values than are in force, because they need a restart. */
  readonly needs_restart: readonly string[];
  /** Why the last reload changed nothing; null when it was right. */
  readonly error: { readonly at: string; readonly reason: string; readonly message: string } | null;
}

/** A change is taken at the second look that sees the file as it is. */
const lookIntervalMs = 500;

interface Change {
  readonly service: ReloadableService;
  readonly before: Readonly<Record<string, unknown>>;
  readonly after: Readonly<Record<string, unknown>>;
}

/** Puts another configuration in force while the host runs: all of what was read, or nothing. */
export class HostReload {
  readonly #core: HostCore;
  readonly #services: () => readonly ReloadableService[];
  readonly #inForce = new Map<string, Readonly<Record<string, unknown>>>();
  readonly #file: string | undefined;
  #stamp: string;
  /** What the last look saw. */
  #seen: string;
  #status: ConfigStatus;

  constructor(core: HostCore, services: () => readonly ReloadableService[]) {
    this.#core = core;
    this.#services = services;
    for (const [name, { config }] of core.environment.services) {
      this.#inForce.set(name, config as Readonly<Record<string, unknown>>);
    }
    this.#file = core.variables.MAINSTAY_CONFIG || undefined;
    this.#stamp = this.#lookAtFile();
    this.#seen = this.#stamp;
    this.#status = {
      file: this.#file ?? null,
      loaded_at: new Date(core.clock.nowMs()).toISOString(),
      changed: [],
      needs_restart: [],
      error: null,
    };
  }

  status(): ConfigStatus {
    return this.#status;
  }

  /**
   * Reads file and environment again and puts in force what may change while running.
   *
   * @throws {@link PlatformError} what `readEnvironment` or a service throws; nothing is changed then.
   */
  reload(): ConfigStatus {
    const { clock, logger } = this.#core;
    const at = new Date(clock.nowMs()).toISOString();
    try {
      const { changed, needsRestart } = this.#apply();
      // A reload by hand may come just after the one by the watch, which did the work.
      const told = changed.length > 0 ? changed : this.#status.changed;
      this.#status = { ...this.#status, loaded_at: at, changed: told, needs_restart: needsRestart, error: null };
      logger.info('configuration reloaded', { changed, needs_restart: needsRestart });
    } catch (cause) {
      const error: PlatformError = toPlatformError(cause);
      this.#status = { ...this.#status, error: { at, reason: error.reason, message: error.rawMessage } };
      logger.error('the configuration was not reloaded, the old one stays in force', { error });
      throw error;
    }
    return this.#status;
  }

  /**
   * Looks at the file twice a second and reloads when it is another, until disposed of or `signal` aborts.
   *
   * Whoever writes a file empties it first, and an empty one is right: so a change is taken when two looks have seen the same.
   */
  watch(signal: AbortSignal): AsyncDisposable {
    const { clock, logger } = this.#core;
    return startLoop({
      name: 'watch over the configuration file',
      intervalMs: lookIntervalMs,
      clock,
      logger,
      signal,
      run: async () => this.#look(),
    });
  }

  #look(): void {
    const stamp = this.#lookAtFile();
    const isWritten = stamp === this.#seen;
    this.#seen = stamp;
    if (stamp === this.#stamp || !isWritten) return;
    this.#stamp = stamp;
    try {
      this.reload();
    } catch {
      // Logged and shown already; the next change of the file is the next try.
    }
  }

  #lookAtFile(): string {
    if (this.#file === undefined) return '';
    const found = statSync(this.#file, { throwIfNoEntry: false });
    return found === undefined ? 'absent' : `${found.ino} ${found.size} ${found.mtimeMs}`;
  }

  /** Puts the host's own part in force; all of it was checked when it was read. */
  #configureHost(host: HostConfig): readonly string[] {
    const { upstreams, protections, admission } = this.#core;
    return [
      ...upstreams.configure(host.balancing).map((target) => `mainstay.balancing.${target}`),
      ...protections.configure(host.protection).map((target) => `mainstay.protection.${target}`),
      ...admission.configure(admissionOf(host)).map((key) => `mainstay.${key}`),
    ];
  }

  #apply(): { readonly changed: readonly string[]; readonly needsRestart: readonly string[] } {
    const services = this.#services();
    const read = readEnvironment(
      services.map(({ definition }) => definition),
      this.#core.variables,
    );
    const changes: Change[] = [];
    const changed: string[] = [];
    const needsRestart: string[] = [];
    for (const service of services) {
      const { name, config } = service.definition;
      const before = this.#inForce.get(name) ?? {};
      const next = read.services.get(name)?.config as Readonly<Record<string, unknown>>;
      const change = compareConfig(config, before, next);
      needsRestart.push(...change.needsRestart.map((key) => `${name}.${key}`));
      if (change.reloadable.length === 0) continue;
      changed.push(...change.reloadable.map((key) => `${name}.${key}`));
      changes.push({ service, before, after: change.values });
    }
    applyAll(changes);
    for (const { service, after } of changes) this.#inForce.set(service.definition.name, after);
    changed.push(...this.#configureHost(read.host));
    return { changed, needsRestart };
  }
}

/** Tells all services, or takes back what was told to those before one that refuses. */
function applyAll(changes: readonly Change[]): void {
  const done: Change[] = [];
  try {
    for (const change of changes) {
      change.service.running.reload?.(change.after as never);
      done.push(change);
    }
  } catch (error) {
    for (const { service, before } of done.reverse()) service.running.reload?.(before as never);
    throw error;
  }
}
