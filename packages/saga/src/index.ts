export type { SagaReason, SagaRecord, SagaStatus, StepRecord, Transition } from './core/record.ts';
export {
  defineSaga,
  type SagaDefinition,
  type SagaEvent,
  type SagaOptions,
  type SagaStep,
  type StepContext,
  type StepRetryOptions,
} from './definition.ts';
export { createSagaEngine, type SagaEngine, type SagaEngineOptions } from './engine/engine.ts';
export type { SagaOutcome } from './engine/waiters.ts';
export { sagaReasons } from './errors.ts';
export { newSagaId, stepKey, undoKey } from './keys.ts';
export { sagaMigrations } from './migrations.ts';
export type { CancelAnswer } from './store/cancel-requests.ts';
export type { SagaView, StoredTransition, StuckSaga } from './store/saga-queries.ts';
