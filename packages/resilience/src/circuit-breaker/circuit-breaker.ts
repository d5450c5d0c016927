import { Circuit } from './circuit.ts';
import type { CircuitBreaker } from './circuit-types.ts';
import { type CircuitBreakerOptions, resolveCircuitOptions } from './options.ts';

/**
 * Makes a circuit breaker: refuses calls to something that keeps failing, and finds out by itself when it works again.
 *
 * States: `closed` → `open` when the window holds at least `minimumCalls` and either `failureStreak` in a row or
 * `failureRatio` is reached. `open` → `half_open` at the first call after `openMs`. `half_open` → `closed` after
 * `successesToClose` successes, → `open` at the first failure, or when all probes hang for `probeLimitMs`.
 *
 * Cost: one small object a call, no timer.
 *
 * @throws {@link PlatformError} `invalid_argument` / `OPTION_INVALID` for an option outside its range; `run` and `acquire`
 * throw `unavailable` / `CIRCUIT_OPEN`, executed: no, retry after the time left.
 * @example
 * const circuit = createCircuitBreaker({ name: 'payments' });
 * const payment = await circuit.run(() => payments.getPayment(request));
 */
export function createCircuitBreaker(options: CircuitBreakerOptions): CircuitBreaker {
  return new Circuit(resolveCircuitOptions(options));
}
