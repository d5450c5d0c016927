import type { PlatformError } from '@mainstay/kernel';
import type { SagaPlan } from './plan.ts';
import type { ErrorRecord, SagaRecord, StepRecord, Transition } from './record.ts';

/** Steps with one of them changed. */
export function replaceStep(
  steps: readonly StepRecord[],
  stepIndex: number,
  changes: Partial<StepRecord>,
): readonly StepRecord[] {
  return steps.map((step, index) => (index === stepIndex ? { ...step, ...changes } : step));
}

/** The state with everything that only forward steps need set to null. */
export function withoutSecrets(state: SagaRecord['state'], plan: SagaPlan): SagaRecord['state'] {
  const erased = plan.forwardSecrets.filter((key) => key in state).map((key) => [key, null] as const);
  return erased.length === 0 ? state : { ...state, ...Object.fromEntries(erased) };
}

/** What is kept of an error. */
export function errorRecord(error: PlatformError): ErrorRecord {
  const { reason, rawMessage: message, executed, retry, metadata } = error;
  return { reason, message, executed, retry, metadata };
}

/** A line of history; what is left out does not apply to its kind. */
export function transition(kind: Transition['kind'], more: Partial<Omit<Transition, 'kind'>> = {}): Transition {
  return { kind, step: null, attempt: null, detail: {}, ...more };
}
