import { createCircuitBreaker } from './circuit-breaker.ts';
import type { CircuitBreaker } from './circuit-types.ts';
import type { CircuitBreakerOptions, CircuitSettings } from './options.ts';

/** Options of {@link createCircuitBreakers}: defaults for all, and settings that differ by name. */
export interface CircuitBreakersOptions extends Omit<CircuitBreakerOptions, 'name'> {
  /** Settings of single circuits over the defaults. */
  readonly overrides?: Readonly<Record<string, CircuitSettings>>;
}

/** One circuit per name. */
export interface CircuitBreakers {
  /** The circuit of this name, made at the first question; names must come from a bounded set. */
  get(name: string): CircuitBreaker;
  /** All circuits made so far. */
  all(): readonly CircuitBreaker[];
}

/**
 * Keeps one circuit breaker per dependency, with settings of its own where given.
 *
 * @example
 * const circuits = createCircuitBreakers({ openMs: 10_000, overrides: { payments: { failureStreak: 3 } } });
 * await circuits.get('payments').run(() => payments.getPayment(request));
 */
export function createCircuitBreakers(options: CircuitBreakersOptions = {}): CircuitBreakers {
  const { overrides = {}, ...defaults } = options;
  const circuits = new Map<string, CircuitBreaker>();
  return {
    get(name) {
      const known = circuits.get(name);
      if (known !== undefined) return known;
      const override = Object.hasOwn(overrides, name) ? overrides[name] : undefined;
      const made = createCircuitBreaker({ ...defaults, ...override, name });
      circuits.set(name, made);
      return made;
    },
    all: () => [...circuits.values()],
  };
}
