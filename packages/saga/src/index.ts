export type { HistoryLine } from './core/history.ts';
export type { SagaReason, SagaRecord, SagaStatus, StepRecord } from './core/record.ts';
export { type SagaActionName, type SagaSummary, summarize } from './core/summary.ts';
export { defineSaga } from './definition.ts';
export {
  type CancelAnswer,
  createSagaEngine,
  type SagaEngine,
  type SagaEngineOptions,
  type SagaMessage,
} from './engine/engine.ts';
export type { OperatorAction } from './engine/operator-action.ts';
export type { SagaOutcome } from './engine/waiters.ts';
export { sagaReasons } from './errors.ts';
export { newSagaId, stepKey, undoKey } from './keys.ts';
export { sagaMigrations } from './migrations.ts';
export type {
  ChildSaga,
  InquiryAnswer,
  ParallelSteps,
  SagaDefinition,
  SagaEvent,
  SagaMigration,
  SagaOptions,
  SagaStep,
  StepContext,
  StepRetryOptions,
  WaitFor,
} from './saga-options.ts';
export type { SagaInput } from './start-of.ts';
export type { SagaActionRecord } from './store/list-actions.ts';
export type { SagaSearch, StuckSaga } from './store/list-sagas.ts';
export type { RequestAnswer } from './store/requests.ts';
export type { SagaView } from './store/saga-queries.ts';
