import { create } from '@bufbuild/protobuf';
import {
  type Instance,
  InstanceSchema,
  InstanceState,
  type WatchResponse,
  WatchResponseSchema,
} from '@mainstay/contracts/mainstay/registry/v1/registry';
import { defineReasons, kernelReasons, PlatformError } from '@mainstay/kernel';
import type { RegistryApi } from '../src/index.ts';

const reasons = defineReasons({
  INSTANCE_UNKNOWN: { code: 'not_found', executed: 'no', retry: 'never', summary: '', operator: '' },
  REGISTRY_AWAY: { code: 'unavailable', executed: 'no', retry: 'now', summary: '', operator: '' },
});

const routable: ReadonlySet<InstanceState> = new Set([
  InstanceState.HEALTHY,
  InstanceState.DEGRADED,
  InstanceState.SUSPECT,
]);

/** A registry in memory that keeps the contract, and can be made to go away, forget and fall silent. */
export interface MemoryRegistry extends RegistryApi {
  /** Calls so far, by method. */
  readonly calls: string[];
  /** Every method fails and every stream breaks until `comeBack`. */
  goAway(): void;
  comeBack(): void;
  /** Loses all instances, as after a restart without a state file. */
  forget(): void;
  /** Streams stay open and say nothing more. */
  fallSilent(): void;
  put(instance: { id: string; service: string; state?: InstanceState; metadata?: Record<string, string> }): void;
  remove(service: string, id: string): void;
  instance(service: string, id: string): Instance | undefined;
  instances(): Instance[];
  readonly openStreams: number;
}

interface Stream {
  push(message: WatchResponse): void;
  fail(error: unknown): void;
}

export function createMemoryRegistry(heartbeatIntervalMs = 2_000): MemoryRegistry {
  const table = new Map<string, Map<string, Instance>>();
  const streams = new Set<Stream>();
  const calls: string[] = [];
  let isAway = false;
  let isSilent = false;

  const listOf = (service: string): Instance[] =>
    [...(table.get(service)?.values() ?? [])].filter(({ state }) => routable.has(state));
  const message = (service: string, synced: boolean): WatchResponse =>
    create(WatchResponseSchema, { service, instances: listOf(service), synced });
  const changed = (service: string): void => {
    if (!isSilent) for (const stream of streams) stream.push(message(service, false));
  };
  const called = (name: string, signal: AbortSignal): void => {
    calls.push(name);
    if (signal.aborted) throw signal.reason;
    if (isAway) throw new PlatformError(reasons.REGISTRY_AWAY, 'the registry is away');
  };
  const put = (instance: Instance): void => {
    const entries = table.get(instance.service) ?? new Map<string, Instance>();
    table.set(instance.service, entries.set(instance.id, instance));
    changed(instance.service);
  };

  return {
    calls,
    get openStreams() {
      return streams.size;
    },
    async register({ instance }, signal) {
      called('register', signal);
      const entry = create(InstanceSchema, instance ?? {});
      const created = !table.get(entry.service)?.has(entry.id);
      put(entry);
      return { $typeName: 'mainstay.registry.v1.RegisterResponse', instance: entry, created, heartbeatIntervalMs };
    },
    async heartbeat({ service = '', instanceId = '', state, load = 0 }, signal) {
      called('heartbeat', signal);
      const entry = table.get(service)?.get(instanceId);
      if (entry === undefined) throw new PlatformError(reasons.INSTANCE_UNKNOWN, 'no such instance');
      const isNews = entry.state !== state;
      Object.assign(entry, { state: state ?? entry.state, load });
      if (isNews) changed(service);
      return { $typeName: 'mainstay.registry.v1.HeartbeatResponse', heartbeatIntervalMs };
    },
    async deregister({ service = '', instanceId = '' }, signal) {
      called('deregister', signal);
      const removed = table.get(service)?.delete(instanceId) ?? false;
      if (removed) changed(service);
      return { $typeName: 'mainstay.registry.v1.DeregisterResponse', removed };
    },
    async lookup({ service = '' }, signal) {
      called('lookup', signal);
      return { $typeName: 'mainstay.registry.v1.LookupResponse', instances: listOf(service) };
    },
    async *watch(services, signal) {
      called('watch', signal);
      const queue: WatchResponse[] = [];
      let failure: unknown;
      let wake: () => void = () => undefined;
      const isWatched = ({ service }: WatchResponse): boolean =>
        services.length === 0 || service === '' || services.includes(service);
      const stream: Stream = {
        push(next) {
          if (isWatched(next)) queue.push(next);
          wake();
        },
        fail(error) {
          failure = error;
          wake();
        },
      };
      const names = [...table.keys()].filter((name) => services.length === 0 || services.includes(name)).sort();
      for (const [i, name] of names.entries()) stream.push(message(name, i === names.length - 1));
      if (names.length === 0) stream.push(message('', true));
      streams.add(stream);
      const onAbort = (): void => stream.fail(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
      try {
        for (;;) {
          const next = queue.shift();
          if (next !== undefined) yield next;
          else if (failure !== undefined) throw failure;
          else await new Promise<void>((resolve) => (wake = resolve));
        }
      } finally {
        signal.removeEventListener('abort', onAbort);
        streams.delete(stream);
      }
    },
    goAway() {
      isAway = true;
      for (const stream of streams) stream.fail(new PlatformError(reasons.REGISTRY_AWAY, 'the registry is away'));
    },
    comeBack() {
      isAway = false;
      isSilent = false;
    },
    forget: () => table.clear(),
    fallSilent() {
      isSilent = true;
    },
    put({ state = InstanceState.HEALTHY, metadata = {}, ...rest }) {
      put(create(InstanceSchema, { ...rest, address: `${rest.id}:1`, state, metadata }));
    },
    remove(service, id) {
      if (!table.get(service)?.delete(id)) throw new PlatformError(kernelReasons.INTERNAL, 'no such instance');
      changed(service);
    },
    instance: (service, id) => table.get(service)?.get(id),
    instances: () => [...table.values()].flatMap((entries) => [...entries.values()]),
  };
}
