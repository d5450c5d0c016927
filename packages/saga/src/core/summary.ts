import { isEnded, type SagaRecord, type SagaStatus, stepsUnderWay } from './record.ts';

/** What an operator may do with a saga; see `OperatorAction`. */
export type SagaActionName = 'retry' | 'skip' | 'compensate' | 'resolve';

/** A saga in a line. */
export interface SagaSummary {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly subject: string;
  readonly status: SagaStatus;
  readonly createdAtMs: number;
  readonly endedAtMs: number | null;
  /** The step, or the undone step, that keeps it; null when it has ended. */
  readonly step: string | null;
  readonly attempts: number;
  /** Last error of that step, or why the saga compensates. */
  readonly reason: string | null;
  readonly message: string | null;
  readonly owner: string | null;
  readonly needsIntervention: boolean;
  /** When it is tried next; `Infinity` while it waits for a request, and when it has ended. */
  readonly dueAtMs: number;
  /** Actions that fit where it stands; empty when it has ended. */
  readonly actions: readonly SagaActionName[];
}

/** What stands beside a saga's journal. */
export interface SagaPlace {
  readonly owner: string | null;
  /** When it may be claimed, unless its owner lives. */
  readonly availableAtMs: number;
  /** Also true of one that was set aside, of which its journal says nothing. */
  readonly needsIntervention: boolean;
}

/** Tells where a saga stands; pure. */
export function summarize(record: SagaRecord, place: SagaPlace): SagaSummary {
  const undone = record.steps
    .filter((step) => step.undo?.status === 'pending')
    .sort((a, b) => b.undo!.attempts - a.undo!.attempts)[0];
  const underWay = stepsUnderWay(record);
  const step = undone ?? underWay.find(({ stuck }) => stuck) ?? underWay[0];
  const error = undone === undefined ? step?.error : undone.undo?.error;
  const { id, name, version, subject, status, createdAtMs, endedAtMs, reason } = record;
  const { owner, availableAtMs, needsIntervention } = place;
  return {
    id,
    name,
    version,
    subject,
    status,
    createdAtMs,
    endedAtMs,
    step: step?.name ?? null,
    attempts: undone?.undo?.attempts ?? step?.attempts ?? 0,
    reason: error?.reason ?? reason?.reason ?? null,
    message: error?.message ?? reason?.message ?? null,
    owner,
    needsIntervention,
    dueAtMs: isEnded(record) ? Number.POSITIVE_INFINITY : availableAtMs,
    actions: fittingActions(record),
  };
}

/** The actions that fit where a saga stands; pure. */
export function fittingActions(record: SagaRecord): readonly SagaActionName[] {
  if (isEnded(record)) return [];
  if (record.status === 'running') return ['retry', 'compensate', 'resolve'];
  const isUndoing = record.steps.some(({ undo }) => undo?.status === 'pending');
  return isUndoing ? ['retry', 'skip', 'resolve'] : ['retry', 'resolve'];
}
