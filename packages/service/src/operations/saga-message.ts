import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { type Timestamp, timestampFromMs } from '@bufbuild/protobuf/wkt';
import {
  type GetSagaResponse,
  GetSagaResponseSchema,
  type SagaHistoryLineSchema,
  type SagaSchema,
  SagaStatus,
  type SagaStepSchema,
} from '@mainstay/contracts/mainstay/operations/v1/sagas';
import {
  type HistoryLine,
  type SagaSummary,
  type SagaView,
  type SagaStatus as Status,
  type StepRecord,
  summarize,
} from '@mainstay/saga';

const statusOf: Readonly<Record<Status, SagaStatus>> = {
  running: SagaStatus.RUNNING,
  compensating: SagaStatus.COMPENSATING,
  completed: SagaStatus.COMPLETED,
  compensated: SagaStatus.COMPENSATED,
};

/** Statuses by their names in the contract; what is not stated is left out. */
export function statusesOf(statuses: readonly SagaStatus[]): readonly Status[] {
  return (Object.keys(statusOf) as Status[]).filter((status) => statuses.includes(statusOf[status]));
}

/** A saga as a line of a list. */
export function sagaMessage(saga: SagaSummary): MessageInitShape<typeof SagaSchema> {
  return {
    id: saga.id,
    name: saga.name,
    version: saga.version,
    subject: saga.subject,
    status: statusOf[saga.status],
    step: saga.step ?? '',
    attempts: saga.attempts,
    reason: saga.reason ?? '',
    message: saga.message ?? '',
    owner: saga.owner ?? '',
    needsIntervention: saga.needsIntervention,
    actions: [...saga.actions],
    ...optionalTime('createdAt', saga.createdAtMs),
    ...optionalTime('dueAt', saga.dueAtMs),
    ...optionalTime('endedAt', saga.endedAtMs),
  };
}

/** A saga with its steps and its history. */
export function sagaViewMessage({ record, history, ...place }: SagaView): GetSagaResponse {
  return create(GetSagaResponseSchema, {
    saga: sagaMessage(summarize(record, place)),
    steps: record.steps.map(stepMessage),
    history: history.map(lineMessage),
  });
}

function stepMessage(step: StepRecord): MessageInitShape<typeof SagaStepSchema> {
  const error = step.undo?.error ?? step.error;
  return {
    name: step.name,
    status: step.status,
    attempts: step.attempts,
    undoStatus: step.undo?.status ?? '',
    undoAttempts: step.undo?.attempts ?? 0,
    reason: error?.reason ?? '',
    message: error?.message ?? '',
    ...optionalTime('startedAt', step.startedAtMs),
    ...optionalTime('endedAt', step.endedAtMs),
  };
}

function lineMessage(line: HistoryLine): MessageInitShape<typeof SagaHistoryLineSchema> {
  const { actor, reason, error } = line.detail;
  // Errors of steps and reasons of compensating carry the same two words; people gave one text.
  const failure = (error ?? (typeof reason === 'object' ? reason : undefined)) as Failure | undefined;
  return {
    at: timestampFromMs(line.atMs),
    kind: line.kind,
    step: line.step ?? '',
    attempt: line.attempt ?? 0,
    owner: line.owner ?? '',
    actor: typeof actor === 'string' ? actor : '',
    reason: failure?.reason ?? (typeof reason === 'string' ? reason : ''),
    message: failure?.message ?? '',
  };
}

interface Failure {
  readonly reason: string;
  readonly message: string;
}

function optionalTime<K extends string>(name: K, ms: number | null): { [P in K]?: Timestamp } {
  return ms === null || !Number.isFinite(ms) ? {} : ({ [name]: timestampFromMs(ms) } as { [P in K]: Timestamp });
}
