import { apply } from './apply.ts';
import type { SagaRecord } from './record.ts';
import type { Transition } from './transition.ts';

/** One entry of a journal, as it is stored. */
export interface JournalEntry {
  /** From 1, without gaps. */
  readonly sequence: number;
  readonly epoch: number;
  readonly atMs: number;
  readonly transitions: readonly Transition[];
}

/** One line of a saga's history. */
export interface HistoryLine {
  readonly atMs: number;
  /** Runner that wrote it; null for starting. */
  readonly owner: string | null;
  readonly epoch: number;
  /** `started`, `step_started`, or the kind of a transition. */
  readonly kind: 'started' | 'step_started' | Transition['kind'];
  readonly step: string | null;
  /** Number of the attempt for lines about one, from 1. */
  readonly attempt: number | null;
  /** What the transition carries beside step and patch; never the saga's state. */
  readonly detail: Readonly<Record<string, unknown>>;
}

/** Folds a journal over a saga's beginning. */
export function replay(beginning: SagaRecord, journal: readonly JournalEntry[]): SagaRecord {
  let record = beginning;
  for (const { transitions, atMs } of journal) {
    for (const transition of transitions) record = apply(record, transition, atMs);
  }
  return record;
}

/** Tells a journal as lines, oldest first; grants of attempts, which the journal only implies, have their own. */
export function historyOf(beginning: SagaRecord, journal: readonly JournalEntry[]): readonly HistoryLine[] {
  const start = { atMs: beginning.createdAtMs, owner: null, epoch: 0 };
  const lines: HistoryLine[] = [{ ...start, kind: 'started', step: null, attempt: null, detail: {} }];
  let record = beginning;
  let owner: string | null = null;
  lines.push(...startedLines(undefined, record, start));
  for (const { transitions, atMs, epoch } of journal) {
    for (const transition of transitions) {
      if ('owner' in transition) owner = transition.owner;
      const before = record;
      record = apply(before, transition, atMs);
      const at = { atMs, owner, epoch };
      lines.push({ ...at, ...lineOf(before, transition) }, ...startedLines(before, record, at));
    }
  }
  return lines;
}

function lineOf(before: SagaRecord, transition: Transition): Pick<HistoryLine, 'kind' | 'step' | 'attempt' | 'detail'> {
  const { kind, ...rest } = transition;
  const { step = null, patch: _, state: __, payload: ___, ...detail } = rest as Record<string, unknown>;
  const reason = kind === 'compensating' ? transition.reason : undefined;
  const name = (step as string | null) ?? reason?.step ?? null;
  const about = before.steps.find((one) => one.name === name);
  return { kind, step: name, attempt: attemptOf(kind, about), detail };
}

function attemptOf(kind: Transition['kind'], step: SagaRecord['steps'][number] | undefined): number | null {
  if (step === undefined) return null;
  if (kind.startsWith('step_')) return step.attempts;
  return kind.startsWith('undo_') ? (step.undo?.attempts ?? 0) + 1 : null;
}

function startedLines(
  before: SagaRecord | undefined,
  after: SagaRecord,
  at: Pick<HistoryLine, 'atMs' | 'owner' | 'epoch'>,
): readonly HistoryLine[] {
  return after.steps
    .filter(({ status }, index) => status === 'in_progress' && before?.steps[index]?.status !== 'in_progress')
    .map(({ name }) => ({ ...at, kind: 'step_started', step: name, attempt: 1, detail: {} }));
}
