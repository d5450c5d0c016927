import { type Logger, optionError } from '@mainstay/kernel';
import type { CircuitBreakers, CircuitSnapshot, ForcedState } from '@mainstay/resilience';

/** Circuits of the services of a host, by service. */
export type HostCircuits = () => Readonly<Record<string, CircuitBreakers>>;

/** What the management port shows and takes at `/circuits`. */
export interface CircuitPages {
  /** Figures of all circuits, by service. */
  show(): Readonly<Record<string, readonly CircuitSnapshot[]>>;
  /**
   * Forces a circuit, or releases it: `{ service, circuit, force: 'open' | 'closed' | null }`.
   *
   * @throws {@link PlatformError} `invalid_argument` / `OPTION_INVALID` for anything else.
   */
  force(body: unknown): CircuitSnapshot;
}

/** Shows circuits to operators and lets them force one; each act is logged. */
export function createCircuitPages(circuits: HostCircuits, logger: Logger): CircuitPages {
  const show = () =>
    Object.fromEntries(
      Object.entries(circuits()).map(([service, all]) => [service, all.all().map((circuit) => circuit.snapshot())]),
    );
  return {
    show,
    force(body) {
      const { service, circuit: name, force } = asRecord(body);
      const known = circuits();
      const ofService = typeof service === 'string' && Object.hasOwn(known, service) ? known[service] : undefined;
      if (ofService === undefined) throw optionError('service', Object.keys(known).join(' or '), service);
      if (typeof name !== 'string' || name === '' || name.length > 200) throw optionError('circuit', 'a name', name);
      const forced = toForced(force);
      const circuit = ofService.get(name);
      circuit.force(forced);
      logger.warn('an operator forced a circuit', { holder: service, circuit: name, force: force ?? 'released' });
      return circuit.snapshot();
    },
  };
}

function toForced(force: unknown): ForcedState {
  if (force === 'open' || force === 'closed') return force;
  if (force === null) return undefined;
  throw optionError('force', 'open, closed or null', force);
}

function asRecord(body: unknown): Readonly<Record<string, unknown>> {
  if (typeof body === 'object' && body !== null) return body as Readonly<Record<string, unknown>>;
  throw optionError('body', 'an object', body);
}
