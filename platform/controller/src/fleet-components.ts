import { PlatformError } from '@mainstay/kernel';
import type { Component, ComponentKind } from './component.ts';
import { controllerReasons } from './errors.ts';
import type { DatabaseComponent } from './postgres/database-component.ts';
import type { ProcessComponent } from './process/process-component.ts';

/** A process and what its start waits for. */
export interface FleetMember {
  readonly component: ProcessComponent;
  readonly first: boolean;
  readonly needsDatabase: boolean;
}

/** Order of stopping: who takes requests from outside goes first, who keeps the data last. */
const stopOrder: readonly ComponentKind[] = ['edge', 'service', 'platform', 'external', 'database'];

/**
 * The components of a fleet, with the order in which they start and stop.
 *
 * Starting waits only where it must: the processes marked `first` (the registry) before the others of the platform, and
 * the database before those that have one; external processes wait for nothing, services never for each other.
 */
export class FleetComponents {
  readonly all: readonly Component[];
  readonly #members: readonly FleetMember[];
  readonly #database: DatabaseComponent | undefined;

  constructor(members: readonly FleetMember[], database: DatabaseComponent | undefined) {
    this.#members = members;
    this.#database = database;
    const processes = members.map((member) => member.component);
    this.all = database === undefined ? processes : [database, ...processes];
  }

  /** Starts all; rejects as soon as one fails, while others may still be starting. */
  async startAll(): Promise<void> {
    const database = this.#database?.start();
    const first = Promise.all(this.#members.filter((member) => member.first).map(({ component }) => component.start()));
    const rest = this.#members
      .filter((member) => !member.first)
      .map(async ({ component, needsDatabase }) => {
        if (component.kind !== 'external') await first;
        if (needsDatabase) await database;
        await component.start();
      });
    await Promise.all([database, first, ...rest]);
  }

  /** Stops all, kind after kind; goes on when one fails and tells the failures at the end. */
  async stopAll(): Promise<unknown[]> {
    const failures: unknown[] = [];
    for (const kind of stopOrder) {
      const stops = this.all.filter((component) => component.kind === kind).map((component) => component.stop());
      for (const result of await Promise.allSettled(stops)) {
        if (result.status === 'rejected') failures.push(result.reason);
      }
    }
    return failures;
  }

  /**
   * Environment of the process of this name, or of the one that hosts the service of this name.
   *
   * @throws {@link PlatformError} `FLEET_SERVICE_UNKNOWN` with the names there are.
   */
  environmentOf(name: string): Readonly<Record<string, string>> {
    const member = this.#members.find(({ component }) => component.name === name || component.services.includes(name));
    if (member !== undefined) return member.component.environment();
    throw unknownName(
      name,
      this.#members.flatMap(({ component }) => component.services),
    );
  }

  /** @throws {@link PlatformError} `FLEET_SERVICE_UNKNOWN` with the names there are. */
  get(name: string): Component {
    const found = this.all.find((component) => component.name === name);
    if (found !== undefined) return found;
    const host = this.all.find((component) => component.services.includes(name));
    if (host !== undefined) {
      const message = `${name} runs in the process ${host.name} together with the others; use ${host.name}`;
      throw new PlatformError(controllerReasons.FLEET_CONTROL_REFUSED, message);
    }
    throw unknownName(
      name,
      this.all.map((component) => component.name),
    );
  }
}

function unknownName(name: string, names: readonly string[]): PlatformError {
  const message = `there is no ${name}; choose one of ${names.join(', ')}`;
  return new PlatformError(controllerReasons.FLEET_SERVICE_UNKNOWN, message);
}
