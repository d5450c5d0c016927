import { newRecord } from './apply.ts';
import type { SagaRecord, StepRecord } from './record.ts';

/**
 * The steps of a saga under another version: those of the same name keep their records, new ones are pending, or granted
 * when the stage they stand in is under way.
 *
 * @returns undefined when a step that ran, or may have run, does not exist in the other version: nobody could undo it.
 */
export function migrateSteps(
  record: SagaRecord,
  to: { readonly stages: string; readonly atMs: number },
): readonly StepRecord[] | undefined {
  const known = new Map(record.steps.map((step) => [step.name, step]));
  const fresh = newRecord({ ...record, stages: to.stages, createdAtMs: to.atMs }).steps;
  const names = new Set(fresh.map(({ name }) => name));
  const ran = record.steps.filter(({ status, mayHaveRun }) => status === 'completed' || mayHaveRun);
  if (ran.some(({ name }) => !names.has(name))) return undefined;
  const steps = fresh.map((step): StepRecord => {
    const before = known.get(step.name);
    return before === undefined
      ? { ...step, status: 'pending', attempts: 0, startedAtMs: null }
      : { ...before, stage: step.stage };
  });
  if (record.status !== 'running') return steps;
  const due = steps.find(({ status }) => status !== 'completed')?.stage;
  return steps.map((step) =>
    step.stage === due && step.status === 'pending'
      ? { ...step, status: 'in_progress', attempts: 1, dueAtMs: to.atMs, startedAtMs: to.atMs }
      : step,
  );
}
