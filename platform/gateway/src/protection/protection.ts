import type { Clock, Logger, Meter } from '@mainstay/kernel';
import { type AdaptiveLimitOptions, type CircuitBreakers, type CircuitSettings } from '@mainstay/resilience';
import {
  type BulkheadPolicy,
  type CircuitScope,
  type ConcurrencyPolicy,
  type ProtectedCall,
  type ProtectionPolicy,
  type ProtectionSnapshot,
  TargetProtection,
} from '@mainstay/service';

/** What stands between routes and services. */
export interface ProtectionSettings {
  /** Settings of all circuits, and of single ones by service name, or as `payments/write`. */
  readonly circuits: CircuitSettings & {
    /** What shares a circuit, default `service`. */
    readonly scope?: CircuitScope;
    /** Whether each tenant of the API keys has circuits of its own, default false. */
    readonly perTenant?: boolean;
    readonly services: Readonly<Record<string, CircuitSettings>>;
  };
  /** Calls to one service at the same time, and those that wait for a place; of its reads and its writes apart, unless its scope says otherwise. */
  readonly bulkhead: BulkheadPolicy;
  /** Bounds of a limit on calls to one service that finds its height, divided like the bulkhead; default none. */
  readonly concurrency?: ConcurrencyPolicy | undefined;
  /** Limit of reads that follows what they take, below that of the contract; default none. */
  readonly adaptiveTimeout?: AdaptiveLimitOptions | undefined;
}

/** Protects the services from the clients, and the clients from the services. */
export interface Protection {
  readonly circuits: CircuitBreakers;
  /** Calls a service through its limits, its circuit and its bulkhead. */
  execute<T>(service: string, run: (timeoutMs: number | undefined) => Promise<T>, about: ProtectedCall): Promise<T>;
  /** Begins a stream through the circuit alone: a stream holds no place of the bulkhead while it lasts. */
  openStream<T>(service: string, run: () => Promise<T>, about: ProtectedCall): Promise<T>;
  /** Puts other settings in force for the calls to come. */
  configure(settings: ProtectionSettings): void;
  /** Figures by service. */
  snapshot(): Readonly<Record<string, ProtectionSnapshot>>;
}

/** Makes the protection of all services; a call finds everything ready. */
export function createProtection(
  settings: ProtectionSettings,
  ports: { readonly clock: Clock; readonly logger: Logger; readonly meter: Meter },
): Protection {
  const byService = new Map<string, TargetProtection>();
  let current = settings;

  const open = (target: string): TargetProtection => {
    const made = new TargetProtection({ target, policy: policyOf(current, target), ...ports });
    byService.set(target, made);
    return made;
  };
  const of = (service: string): TargetProtection => byService.get(service) ?? open(service);
  return {
    circuits: {
      get: (key) => of(typeof key === 'string' ? (key.split('/')[0] ?? '') : key.service).circuits.get(key),
      all: () => [...byService.values()].flatMap(({ circuits }) => circuits.all()),
    },
    execute: (service, run, about) => of(service).execute(run, about),
    openStream: (service, run, about) => of(service).open(run, about),
    configure(next) {
      current = next;
      for (const [service, protection] of byService) protection.configure(policyOf(next, service));
    },
    snapshot: () => Object.fromEntries([...byService].map(([service, protection]) => [service, protection.snapshot()])),
  };
}

/** What is configured for a service holds for each of its versions, whose places are named `products@2.0.0`. */
function policyOf({ circuits, bulkhead, concurrency, adaptiveTimeout }: ProtectionSettings, place: string) {
  const [service = place] = place.split('@');
  const { scope = 'service', perTenant = false, services, ...shared } = circuits;
  const settings = { ...shared, ...(Object.hasOwn(services, service) && services[service]) };
  const operations = Object.entries(services).flatMap(([name, one]) =>
    name.startsWith(`${service}/`) ? [[name.slice(service.length + 1), one] as const] : [],
  );
  const circuit = { scope, perTenant, settings, operations: Object.fromEntries(operations) };
  return { circuit, bulkhead, concurrency, adaptiveTimeout } satisfies ProtectionPolicy;
}
