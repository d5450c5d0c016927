import type { Clock, Logger } from '@mainstay/kernel';
import { PlatformError } from '@mainstay/kernel';
import type { StartOptions } from './component.ts';
import type { FleetStatus } from './control/messages.ts';
import { controllerReasons } from './errors.ts';
import type { FleetComponents } from './fleet-components.ts';
import type { PortNumbers } from './ports.ts';
import type { DatabaseComponent } from './postgres/database-component.ts';
import type { HealthWatch } from './process/health-watch.ts';
import { memoryOf } from './process/memory.ts';
import { awaitReady, type ReadyCheck } from './ready-checks.ts';

/** A section of the fleet file's notes, filled in. */
export interface FleetNote {
  readonly title: string;
  readonly lines: readonly string[];
}

/** What a running fleet consists of; put together by {@link startFleet}. */
export interface FleetParts {
  readonly name: string;
  readonly version: string;
  readonly dataDir: string;
  readonly portOffset: number;
  readonly single: boolean;
  readonly ports: PortNumbers;
  readonly notes: readonly FleetNote[];
  readonly components: FleetComponents;
  readonly database: DatabaseComponent | undefined;
  readonly health: HealthWatch;
  readonly readyChecks: readonly ReadyCheck[];
  readonly clock: Clock;
  readonly logger: Logger;
  /** Given back after the components are gone. */
  readonly resources: AsyncDisposableStack;
}

/**
 * The processes of a project on this machine, under one controller.
 *
 * Disposing drains and stops everything, in order, and gives the data directory free.
 */
export class Fleet implements AsyncDisposable {
  readonly name: string;
  readonly dataDir: string;
  /** What to show a person once the fleet is up. */
  readonly notes: readonly FleetNote[];
  /** Resolves when everything is gone, whoever asked for it. */
  readonly stopped: Promise<void>;
  readonly #parts: FleetParts;
  readonly #stopped: PromiseWithResolvers<void>;
  readonly #startedAtMs: number;
  #state: FleetStatus['state'] = 'starting';
  #shutdown: Promise<void> | undefined;

  /** @internal Use {@link startFleet}. */
  constructor(parts: FleetParts) {
    this.name = parts.name;
    this.dataDir = parts.dataDir;
    this.notes = parts.notes;
    this.#parts = parts;
    this.#stopped = Promise.withResolvers();
    this.stopped = this.#stopped.promise;
    this.#startedAtMs = parts.clock.monotonicMs();
  }

  /** Number of a port by its name in the fleet file; undefined for an unknown name. */
  port(name: string): number | undefined {
    return this.#parts.ports[name];
  }

  /** Address of a service's own database, as its own role; for tests that look at the books. Never log it. */
  databaseUrl(service: string): string | undefined {
    return this.#parts.database?.urlOf(service);
  }

  /** What the process of a service is started with, its secrets and the address of its database included. Never log it. */
  environment(service: string): Readonly<Record<string, string>> {
    return this.#parts.components.environmentOf(service);
  }

  /** Every component with health and memory as they are now. */
  async status(): Promise<FleetStatus> {
    const { components, health, name, version, dataDir, portOffset, single } = this.#parts;
    await health.refresh();
    const rows = components.all.map((component) => component.status());
    const memory = await memoryOf([process.pid, ...rows.flatMap(({ pid }) => pid ?? [])]);
    const shown = [this.#ownRow(), ...rows].map((row) => ({
      ...row,
      health: row.kind === 'controller' ? ('ready' as const) : health.healthOf(row.name),
      memory_bytes: row.pid === null ? null : (memory.get(row.pid) ?? null),
    }));
    return {
      name,
      version,
      placement: single ? 'single' : 'processes',
      state: this.#state,
      data_dir: dataDir,
      port_offset: portOffset,
      components: shown,
      memory_bytes: shown.reduce((sum, row) => sum + (row.memory_bytes ?? 0), 0),
    };
  }

  /** Starts a component that was stopped; resolves when it is ready. */
  async start(name: string, options: StartOptions = {}): Promise<void> {
    this.#refuseWhenStopping();
    await this.#parts.components.get(name).start(options);
  }

  /** Stops a component and leaves it stopped; the others go on. */
  async stop(name: string): Promise<void> {
    this.#refuseWhenStopping();
    await this.#parts.components.get(name).stop();
  }

  /** Stops a component, when it runs, and starts it; `env` holds for this one start. */
  async restart(name: string, options: StartOptions = {}): Promise<void> {
    this.#refuseWhenStopping();
    const component = this.#parts.components.get(name);
    await component.stop();
    await component.start(options);
  }

  /** Ends everything at once, without a drain; {@link Fleet.stopped} tells when it is done. */
  kill(): void {
    for (const component of this.#parts.components.all) component.kill();
    void this.shutdown();
  }

  /** Stops everything in order; the second call waits for the first. */
  shutdown(): Promise<void> {
    this.#shutdown ??= this.#stopEverything();
    return this.#shutdown;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
    await this.stopped;
  }

  /** @internal Starts every component and waits until the fleet can be used. */
  async bringUp(signal: AbortSignal): Promise<void> {
    const { components, readyChecks, clock } = this.#parts;
    await components.startAll();
    await awaitReady(readyChecks, clock, signal);
    if (this.#state === 'starting') this.#state = 'running';
  }

  async #stopEverything(): Promise<void> {
    const { components, health, logger, resources } = this.#parts;
    this.#state = 'stopping';
    health[Symbol.dispose]();
    const failures = await components.stopAll();
    for (const error of failures) logger.error('a component did not stop cleanly', { error });
    // Not awaited: whoever asked over the control socket gets the answer before that is closed.
    resources.disposeAsync().then(this.#stopped.resolve, this.#stopped.reject);
  }

  #refuseWhenStopping(): void {
    if (this.#state !== 'stopping') return;
    throw new PlatformError(controllerReasons.FLEET_CONTROL_REFUSED, 'the fleet is stopping');
  }

  #ownRow() {
    return {
      name: 'controller',
      kind: 'controller' as const,
      state: 'running' as const,
      services: [],
      pid: process.pid,
      instance_id: `controller-${process.pid}`,
      version: this.#parts.version,
      address: null,
      grpc_address: null,
      management_url: null,
      uptime_ms: Math.round(this.#parts.clock.monotonicMs() - this.#startedAtMs),
      restarts: 0,
    };
  }
}
