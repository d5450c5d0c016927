export { type Bulkhead, type BulkheadOptions, createBulkhead } from './bulkhead/bulkhead.ts';
export type { BulkheadSnapshot } from './bulkhead/places.ts';
export { createCircuitBreaker } from './circuit-breaker/circuit-breaker.ts';
export {
  type CircuitBreakers,
  type CircuitBreakersOptions,
  type CircuitKey,
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
export type { AdaptiveSettings, CircuitBreakerOptions, CircuitSettings } from './circuit-breaker/options.ts';
export {
  type ConcurrencyLimiter,
  type ConcurrencyLimiterOptions,
  type ConcurrencySnapshot,
  createConcurrencyLimiter,
} from './concurrency/concurrency-limiter.ts';
export { createFallback, type Fallback, type FallbackOptions } from './degradation/fallback.ts';
export { isUnserved } from './degradation/is-unserved.ts';
export { createStaleCache, type StaleCache, type StaleCacheOptions } from './degradation/stale-cache.ts';
export { resilienceReasons } from './errors.ts';
export { createHedge, type Hedge, type HedgeOptions } from './hedge/hedge.ts';
export { createHedgePace, type HedgePace, type HedgePaceOptions, type HedgeSnapshot } from './hedge/hedge-pace.ts';
export { LeastTime } from './latency/least-time.ts';
export { policy } from './policy/policy.ts';
export { countPolicyEvents, type PolicyEvent, type PolicyListener } from './policy/policy-events.ts';
export type {
  AnswerOf,
  CallFacts,
  Degradation,
  Idempotency,
  Policy,
  PolicyCall,
  Priority,
} from './policy/policy-types.ts';
export { type BackoffOptions, nextDelayMs } from './retry/backoff.ts';
export { createRetry, type RetryPolicy, type RetryPolicyOptions, type RetrySnapshot } from './retry/create-retry.ts';
export {
  decideRetry,
  type NoRetryReason,
  type RetryDecision,
  type RetryQuestion,
} from './retry/decide-retry.ts';
export { type RetryAttempt, type RetryOptions, retry } from './retry/retry.ts';
export { createRetryBudget, type RetryBudget, type RetryBudgetOptions } from './retry/retry-budget.ts';
export type { RetrySettings } from './retry/retry-options.ts';
export { areRetriesSpent, markRetriesSpent } from './retry/spent-retries.ts';
export {
  createLoadShedder,
  type LoadShedder,
  type LoadShedderOptions,
  type LoadSnapshot,
} from './shedding/load-shedder.ts';
export { type Load, type LoadSource, watchProcessLoad } from './shedding/load-source.ts';
export type { AdaptiveLimitOptions } from './timeout/adaptive-limit.ts';
export { createTimeout, type Timeout, type TimeoutOptions, type TimeoutSnapshot } from './timeout/timeout.ts';
