import { optionError } from '@mainstay/kernel';
import type { SagaPlan, StepPlan } from './core/plan.ts';
import type { SagaOptions, SagaStep } from './saga-options.ts';

const nameShape = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/** Fills in the defaults of a saga and checks its numbers, names and references. */
export function resolvePlan<State extends object>(options: SagaOptions<State>): SagaPlan {
  checkName('saga.name', options.name);
  const steps = options.steps.map((step) => resolveStep(step));
  if (steps.length === 0) throw optionError('saga.steps', 'at least one step', 0);
  const names = steps.map((step) => step.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw optionError('saga.steps', 'steps with different names', twice);
  const { cancelUntil, undoRetry } = options;
  const cancelUntilIndex = cancelUntil === undefined ? names.length : names.indexOf(cancelUntil);
  if (cancelUntilIndex === -1) throw optionError('saga.cancelUntil', `one of ${names.join(', ')}`, cancelUntil);
  return {
    name: options.name,
    version: positive('saga.version', options.version ?? 1),
    steps,
    timeLimitMs: positive('saga.timeLimitMs', options.timeLimitMs ?? 600_000),
    cancelUntilIndex,
    undoBackoff: {
      initialDelayMs: positive('saga.undoRetry.initialDelayMs', undoRetry?.initialDelayMs ?? 200),
      maxDelayMs: positive('saga.undoRetry.maxDelayMs', undoRetry?.maxDelayMs ?? 30_000),
    },
    interventionAfterAttempts: positive('saga.interventionAfterAttempts', options.interventionAfterAttempts ?? 10),
    forwardSecrets: options.forwardSecrets ?? [],
  };
}

function resolveStep<State extends object>(step: SagaStep<State>): StepPlan {
  checkName('saga.steps[].name', step.name);
  const retry = step.retry ?? {};
  const at = `saga.steps.${step.name}`;
  return {
    name: step.name,
    undoable: step.compensate !== undefined,
    mustSucceed: step.mustSucceed ?? false,
    attemptTimeoutMs: positive(`${at}.attemptTimeoutMs`, step.attemptTimeoutMs ?? 10_000),
    maxAttempts:
      retry.maxAttempts === Infinity ? Infinity : positive(`${at}.retry.maxAttempts`, retry.maxAttempts ?? 10),
    timeLimitMs: positive(`${at}.retry.timeLimitMs`, retry.timeLimitMs ?? 60_000),
    backoff: {
      initialDelayMs: positive(`${at}.retry.initialDelayMs`, retry.initialDelayMs ?? 100),
      maxDelayMs: positive(`${at}.retry.maxDelayMs`, retry.maxDelayMs ?? 5_000),
    },
  };
}

function positive(name: string, value: number): number {
  if (!Number.isSafeInteger(value) || value < 1) throw optionError(name, 'an integer of at least 1', value);
  return value;
}

// Names stand in idempotency keys, where a colon would separate.
function checkName(name: string, value: string): void {
  if (!nameShape.test(value) || value.length > 60) {
    throw optionError(name, 'kebab-case of at most 60 characters', value);
  }
}
