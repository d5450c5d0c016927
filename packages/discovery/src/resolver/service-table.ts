import type { WatchResponse } from '@mainstay/contracts/mainstay/registry/v1/registry';
import { type Endpoint, endpointOf } from '../endpoint.ts';

/** Always the same, so that whoever compares lists sees no change. */
const none: readonly Endpoint[] = [];

/** The cached picture of the registry: services with their endpoints, in the order the registry sent them. */
export interface ServiceTable {
  get(service: string): readonly Endpoint[];
  has(service: string): boolean;
  services(): string[];
  /** Counts the changes of one service, so that an answer asked for earlier is known to be old. */
  revision(service: string): number;
  /** Forgets nothing, but lets the next picture replace all: called when a watch stream opens. */
  beginPicture(): void;
  /** Takes in one message. @returns the services whose endpoints changed, and whether the picture is complete now. */
  apply(message: WatchResponse): { changed: string[]; isSynced: boolean };
  /** Replaces one service. @returns whether anything changed. */
  replace(service: string, endpoints: readonly Endpoint[]): boolean;
}

/**
 * Makes an empty table.
 *
 * While a new picture arrives, services that it has not mentioned yet keep their old endpoints; those it never
 * mentions are dropped when it is complete.
 */
export function createServiceTable(): ServiceTable {
  const endpoints = new Map<string, readonly Endpoint[]>();
  const revisions = new Map<string, number>();
  let mentioned: Set<string> | undefined;

  const table: ServiceTable = {
    get: (service) => endpoints.get(service) ?? none,
    has: (service) => endpoints.has(service),
    services: () => [...endpoints.keys()].sort(),
    revision: (service) => revisions.get(service) ?? 0,
    beginPicture() {
      mentioned = new Set();
    },
    replace(service, next) {
      revisions.set(service, table.revision(service) + 1);
      const before = table.get(service);
      if (isSame(before, next)) return false;
      if (next.length === 0) endpoints.delete(service);
      else endpoints.set(service, next);
      return true;
    },
    apply(message) {
      const changed: string[] = [];
      // A registry without any instance ends its picture with a message that names no service.
      if (message.service !== '') {
        mentioned?.add(message.service);
        const next = message.instances.map(endpointOf).filter((endpoint) => endpoint !== undefined);
        if (table.replace(message.service, next)) changed.push(message.service);
      }
      const isSynced = message.synced && mentioned !== undefined;
      if (isSynced) {
        for (const service of table.services()) {
          if (!mentioned?.has(service) && table.replace(service, [])) changed.push(service);
        }
        mentioned = undefined;
      }
      return { changed, isSynced };
    },
  };
  return table;
}

function isSame(a: readonly Endpoint[], b: readonly Endpoint[]): boolean {
  return a.length === b.length && a.every((endpoint, i) => isSameEndpoint(endpoint, b[i] as Endpoint));
}

function isSameEndpoint(a: Endpoint, b: Endpoint): boolean {
  const keys = Object.keys(a.metadata);
  return (
    a.id === b.id &&
    a.address === b.address &&
    a.state === b.state &&
    keys.length === Object.keys(b.metadata).length &&
    keys.every((key) => a.metadata[key] === b.metadata[key])
  );
}
