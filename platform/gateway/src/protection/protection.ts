import type { Clock, Logger, Meter } from '@mainstay/kernel';
import {
  type Bulkhead,
  type CallFacts,
  type CircuitBreaker,
  type CircuitBreakers,
  type CircuitSettings,
  countPolicyEvents,
  createBulkhead,
  createCircuitBreakers,
  createStaleCache,
  type Policy,
  policy,
} from '@mainstay/resilience';
import { classifyServiceError } from './service-errors.ts';

/** What stands between routes and services. */
export interface ProtectionSettings {
  /** Settings of all circuits, and of single ones by service name. */
  readonly circuits: CircuitSettings & { readonly services: Readonly<Record<string, CircuitSettings>> };
  /** Calls to one service at the same time, and those that wait for a place. */
  readonly bulkhead: { readonly maxConcurrent: number; readonly maxQueued: number; readonly queueTimeoutMs: number };
  /** Oldest answer that stands in for a service that gives none, in milliseconds; 0 for none. */
  readonly staleMaxAgeMs: number;
}

/** Protects the services from the clients, and the clients from the services. */
export interface Protection {
  readonly circuits: CircuitBreakers;
  /** Whether last good answers are kept, so that calls should say what they ask for. */
  readonly keepsAnswers: boolean;
  /** Calls a service through its circuit and its bulkhead; a last good answer stands in where that is allowed. */
  execute<T>(service: string, run: () => Promise<T>, about: CallFacts): Promise<T>;
  /** Begins a stream through the circuit alone: a stream holds no place of the bulkhead while it lasts. */
  openStream<T>(service: string, run: () => Promise<T>, about: CallFacts): Promise<T>;
}

/** Answers kept at most for when a service is away. */
const maxStaleAnswers = 1_000;

/** Makes the protection of all services; a call finds everything ready. */
export function createProtection(
  { circuits: { services: overrides, ...settings }, bulkhead, staleMaxAgeMs }: ProtectionSettings,
  { clock, logger, meter }: { readonly clock: Clock; readonly logger: Logger; readonly meter: Meter },
): Protection {
  const onEvent = countPolicyEvents(meter);
  const circuits = createCircuitBreakers({
    ...settings,
    overrides,
    classify: classifyServiceError,
    onChange: ({ circuit, from, to, why }) => logger.warn('circuit changed', { circuit, from, to, why }),
    clock,
    meter,
  });
  const stale =
    staleMaxAgeMs === 0
      ? []
      : [createStaleCache({ name: 'gateway', maxAgeMs: staleMaxAgeMs, maxEntries: maxStaleAnswers, onEvent, clock })];
  const bulkheads = new Map<string, Bulkhead>();
  const composed = new WeakMap<CircuitBreaker, Policy>();

  const compose = (service: string, circuit: CircuitBreaker): Policy => {
    const places = bulkheads.get(service) ?? createBulkhead({ name: service, ...bulkhead, clock });
    bulkheads.set(service, places);
    const made = policy(...stale, circuit, places);
    composed.set(circuit, made);
    return made;
  };
  return {
    circuits,
    keepsAnswers: staleMaxAgeMs > 0,
    execute(service, run, about) {
      const circuit = circuits.get(service);
      return (composed.get(circuit) ?? compose(service, circuit)).execute(run, about);
    },
    openStream: (service, run, about) => circuits.get(service).execute(run, about),
  };
}
