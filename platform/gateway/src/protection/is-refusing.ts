import type { CircuitBreaker } from '@mainstay/resilience';

/** An open circuit refuses until its next probe; one that nobody asks stays open, so its time counts. */
export function isRefusing(circuit: CircuitBreaker): boolean {
  if (circuit.state !== 'open') return false;
  const { forced, opensForMs } = circuit.snapshot();
  return forced === 'open' || opensForMs > 0;
}
