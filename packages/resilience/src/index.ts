export { type Bulkhead, type BulkheadOptions, type BulkheadSnapshot, createBulkhead } from './bulkhead/bulkhead.ts';
export { createCircuitBreaker } from './circuit-breaker/circuit-breaker.ts';
export {
  type CircuitBreakers,
  type CircuitBreakersOptions,
  createCircuitBreakers,
} from './circuit-breaker/circuit-breakers.ts';
export type {
  CircuitBreaker,
  CircuitChange,
  CircuitPermit,
  CircuitSnapshot,
  CircuitState,
  ForcedState,
} from './circuit-breaker/circuit-types.ts';
export { type CallOutcome, classifyError } from './circuit-breaker/classify.ts';
export type { CircuitBreakerOptions, CircuitSettings } from './circuit-breaker/options.ts';
export { resilienceReasons } from './errors.ts';
export { type BackoffOptions, nextDelayMs } from './retry/backoff.ts';
export {
  decideRetry,
  type Idempotency,
  type NoRetryReason,
  type RetryDecision,
  type RetryQuestion,
} from './retry/decide-retry.ts';
export { type RetryAttempt, type RetryOptions, retry } from './retry/retry.ts';
export { createRetryBudget, type RetryBudget, type RetryBudgetOptions } from './retry/retry-budget.ts';
